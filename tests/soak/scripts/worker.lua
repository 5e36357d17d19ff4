-- worker.lua: does what it is asked to, good and bad. Its first argument is how its chunk goes.
local actor = require "actor"

local how = ...
if how == "done" then return end
if how == "fails" then error "as asked" end

local kept, promises = {}, {}

return {
  echo = function(...) return ... end,
  slow = function(milliseconds) actor.sleep(milliseconds / 1000) end,
  -- Who asks for this waits until his time is over, or until he gives it up.
  hang = function() promises[#promises + 1] = actor.defer() end,
  fail = function() error "as asked" end,
  leave = function() actor.exit "as asked" end,
  spin = function() while true do end end,
  grow = function() while true do kept[#kept + 1] = ("x"):rep(1000) .. #kept end end,
  keep = function(count) for _ = 1, count do kept[#kept + 1] = { #kept } end end,

  -- Some end by themselves, some with their parent.
  have_children = function(count)
    local futures = {}
    for i = 1, count do
      local how = i % 3 == 0 and "done" or "stays"
      local child = actor.spawn{ script = "worker.lua", args = { how } }
      if i % 3 ~= 0 then futures[#futures + 1] = child:request("echo", i) end
      if i % 3 == 1 then actor.stop(child, 1) end
    end
    for _, future in ipairs(futures) do pcall(future.await, future) end
  end,

  set_timers = function(count)
    local timers = {}
    for i = 1, count do
      timers[i] = actor.every(0.001 * i, function() kept.ticks = (kept.ticks or 0) + 1 end)
      if i % 2 == 0 then timers[i]:cancel() end
      actor.after(0.002 * i, function() timers[i]:cancel() end)
    end
    actor.after(3600, error, "never")
  end,

  fork_some = function(count)
    for i = 1, count do
      local task = actor.fork(function() actor.sleep(i % 2 == 0 and 3600 or 0.001) end)
      if i % 2 == 0 then task:cancel() end
    end
  end,

  -- Calls others, within a time that some of the answers need longer than; says how many were
  -- answered, and how many failed.
  ask_around = function(others, count)
    local answered, failed = 0, 0
    for i = 1, count do
      local other = others[i % #others + 1]
      local name = i % 5 == 0 and "hang" or i % 7 == 0 and "fail" or "echo"
      local ok, answer = pcall(actor.within, 0.05, other.call, other, name, i)
      if ok and name == "echo" and answer ~= i then error "another one's answer" end
      if ok then answered = answered + 1 else failed = failed + 1 end
    end
    return answered, failed
  end,
}
