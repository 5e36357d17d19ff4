-- expect: ok held
-- A handler runs in a coroutine of the runtime, which the script can get hold of: it may neither be
-- resumed, wrapped, nor closed, by the handler itself, by what it starts, or by a later handler.
local actor = require "actor"
local child = actor.spawn{ source = [[
  local actor = require "actor"
  local kept
  local function try()
    local wrapped = coroutine.wrap(function() return coroutine.resume(kept) end)
    return coroutine.resume(kept) == true
      or (coroutine.status(kept) ~= "dead" and pcall(coroutine.close, kept))
      or (select(1, wrapped())) == true or coroutine.status(kept) == "suspended"
  end
  return {
    keep = function() kept = coroutine.running() return try() end,
    again = function() return try() end,
    awaiting = function()
      kept = coroutine.running()
      local task = actor.fork(try)
      actor.sleep(0.001)
      return try()
    end,
    later = function()
      local co = coroutine.create(function()
        kept = coroutine.running()
        actor.sleep(0.01)
        return 5
      end)
      actor.fork(function() kept = co try() end)
      local ok, value = coroutine.resume(co)
      kept = coroutine.running()
      return not (ok and value == 5)
    end,
    fork = function()
      actor.fork(function() kept = coroutine.running() end)
      actor.sleep(0)
      return false
    end,
  }
]] }
for _ = 1, 5 do
  for _, name in ipairs{ "keep", "again", "awaiting", "again", "fork", "again", "later" } do
    assert(child:call(name) == false, name .. " got into the coroutine of a handler")
  end
end
return "held"
