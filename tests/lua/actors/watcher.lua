-- watcher.lua: waits for the end of one actor, for those who want to know about it.
local actor = require "actor"
local target = ...

local ending
local promises = {}
local watcher = {}

function watcher.on_down(ref, reason, info)
  assert(ref == target, "down of an actor that was not monitored")
  ending = table.pack(reason,
    { restarting = info.restarting, message = info.message, code = info.code })
  for _, promise in ipairs(promises) do promise:reply(table.unpack(ending)) end
end

-- Answers when the target has ended.
function watcher.ending()
  if ending then return table.unpack(ending) end
  promises[#promises + 1] = actor.defer()
end

function watcher.has_ended() return ending ~= nil end

actor.monitor(target)
return watcher
