-- limits: what a script may use, how it is warned, and what becomes of it at a limit.
--
--   moonwright run examples/limits/main.lua
--
-- The work is done by worker.lua; this script gives it its limits. docs/limits.md has the details.
local actor = require "actor"

local function show(...) print("   " .. string.format(...)) end
local function kib(bytes) return ("%.1f KiB"):format(bytes / 1024) end

-- Starts a worker that gives up what it does at a limit, and goes on with the next message.
-- Without on_limit it would end there.
local function start(limits)
  return actor.spawn{ script = "worker.lua", limits = limits, on_limit = "abort_message" }
end

-- Asks a worker for something. At a limit it is the one who asked that gets the error.
local function ask(worker, ...)
  local ok, result = pcall(worker.call, worker, ...)
  if ok then
    show("done: %s", result)
  else
    show("%s: %s", result.code, result.message)  -- a code to branch on, a text to read
  end
end

print("1. Memory, as a script sees its own")
local function used() return kib(actor.info().memory.used_bytes) end
collectgarbage()
show("before      %s", used())
local list = {}
for i = 1, 10000 do list[i] = { i } end
show("10k tables  %s", used())
list = nil
show("dropped     %s", used())
collectgarbage()
show("collected   %s", used())

print("2. A hard limit: memory")
local worker = start{ memory = "1MiB" }
ask(worker, "hoard")
local memory = worker:call("memory")
show("goes on with %s of %s; had %s at most", kib(memory.used_bytes), kib(memory.limit_bytes),
  kib(memory.peak_bytes))

print("3. A soft limit: onMemoryWarning(used, limit)")
worker = start{ memory = "4MiB", warning_threshold = 0.8 }
local kept, warnings = worker:call("remember", 60000)  -- more than 4 MiB, all together
show("warned %d time, at %s of %s", #warnings, kib(warnings[1].used), kib(warnings[1].limit))
show("done: the last %d of 60000 are in the cache", kept)

print("4. Memory classes: how deep a function can call itself")
for _, class in ipairs{ "minimal", "standard", "large" } do
  worker = start{ memory_class = class }
  show("%-8s  %6d calls, then %s", class, worker:call("recurse"))
end

print("5. A limit on instructions")
worker = start{ instructions = 1000000 }
ask(worker, "count", 1000)
ask(worker, "count", 1000000000)

print("6. A limit on time")
worker = start{ timeout = "100ms" }
ask(worker, "loop")

print("7. Cancelling")
-- Unlike a limit this is polite: the wait raises `cancelled`, and closing variables run.
local task = actor.fork(function()
  local tidy <close> = setmetatable({}, {
    __close = function(_, err) show("tidying up: %s: %s", err.code, err.message) end,
  })
  actor.sleep(60)
end)
actor.sleep(0)  -- lets the task begin
task:cancel()
