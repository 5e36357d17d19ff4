-- memory.lua: an actor whose live data is small stays small, however long it works.
local actor = require "actor"
local check = require "lib.check"

check.test("futures that have been awaited do not pile up", function()
  local worker = actor.spawn{ limits = { memory = "256KiB" }, args = { check.echo() }, source = [[
    local echo = ...
    return { work = function(n)
      for i = 1, n do echo:request("echo", i):await() end
      return n
    end }
  ]] }
  for _ = 1, 400 do check.eq(worker:call("work", 500), 500) end
end)
