---@meta lifecycle
-- lifecycle.lua: what `require "lifecycle"`, or the global `lifecycle`, gives to a script, for the
-- Lua language server.
--
-- Documentation only, never run. A script sets the functions that it wants called; all are about
-- itself. Each runs as a piece of work of its own, between two messages, and is given up after
-- 10 ms. An error in one of them is logged and changes nothing.

---@class lifecycle.Info
---@field name string
---@field incarnation integer which of the actor's lives this is, from 1
---@field generation integer of the script: each new source is the next one, from 1

---@alias lifecycle.EventType
---| "created" | "activated" | "deactivated" | "passivated" | "woken" | "recycled" | "destroyed"
---| "error" | "limit" | "warning" | "dead_letter"

---@class lifecycle.Event
---@field type lifecycle.EventType
---@field time number as os.time()
---@field actor actor.Ref
---@field name string
---@field incarnation integer
---@field generation integer
---@field reason? string in a word
---@field text? string in a sentence
---@field message? string of an error or a limit: the message that was being handled; of a dead
---letter: its name
---@field restarting? boolean of `destroyed`: there will be another incarnation
---@field used_bytes? integer of the warning "memory"
---@field limit_bytes? integer the same
---@field fraction? number of the warnings "instructions", "cpu_time" and "timeout"
---@field size_bytes? integer of a dead letter
---@field score? number of the warning "unhealthy"

---@class lifecycle
---@field onCreate? fun(info: lifecycle.Info) the chunk has returned
---@field onActivate? fun(info: lifecycle.Info) it was idle, and a message has come
---@field onDeactivate? fun(info: lifecycle.Info) its mailbox is empty and no handler is under way
---@field onRecycle? fun(why: string, info: lifecycle.Info) a fresh state takes its place
---@field onDestroy? fun(reason: string, info: lifecycle.Info) it ends in order
---@field onError? fun(err: actor.Error, info: lifecycle.Info) a handler or the like has failed
local lifecycle = {}

---Calls `f` with what happens to all other actors, as messages of this one: what does not fit into
---its mailbox is dropped. For sandbox level `none`; others get `denied`.
---@param f fun(event: lifecycle.Event)
---@param types? lifecycle.EventType|lifecycle.EventType[] all if not given
function lifecycle.subscribe(f, types) end

return lifecycle
