-- memory_classes.lua: what bounded stacks mean to messages, failures and forks.
local actor = require "actor"
local check = require "lib.check"

local function spawn(class, memory, source)
  return actor.spawn{ limits = { memory_class = class, memory = memory }, source = source }
end

check.test("a message with more values than a stack may have is refused, and the actor goes on",
  function()
    local small = spawn("minimal", "1MiB", [[
      local function deep() return 1 + deep() end
      return { count = function(...) return select("#", ...) end, deep = deep }
    ]])
    check.eq(small:call("count", table.unpack({}, 1, 300)), 300)
    for _, n in ipairs{ 1100, 1300, 3000 } do
      local ok, err = pcall(small.call, small, "count", table.unpack({}, 1, n))
      check.eq(ok, false)
      check.contains(err.message, "stack overflow")
      ok, err = pcall(small.call, small, "deep")
      check.eq(ok, false)
      check.contains(err.message, "stack overflow")
    end
    check.eq(small:call("count", 1, 2), 2)
  end)

check.test("the answer to a small actor may be larger than its stack", function()
  local generous = actor.spawn{ source = "return function() return table.unpack({}, 1, 3000) end" }
  local small = actor.spawn{ limits = { memory_class = "minimal" }, args = { generous }, source = [[
    local generous = ...
    return { try = function()
      local ok, err = pcall(generous.call, generous, "any")
      return ok, tostring(err)
    end }
  ]] }
  local ok, text = small:call("try")
  check.eq(ok, false)
  check.contains(text, "stack overflow")
end)

check.test("a fork begins where garbage left no room for its stack", function()
  for kib = 20, 60, 10 do
    local worker = spawn("large", "256KiB", [[
      local actor = require "actor"
      return { fork = function(kib)
        local s = ("x"):rep(kib * 1024) s = nil
        return (pcall(actor.fork, function() end))
      end }
    ]])
    check.eq(worker:call("fork", kib), true)
  end
end)

check.test("a script that frees what it is asked to is asked again each time", function()
  local worker = actor.spawn{ limits = { memory = "1MiB", warning_threshold = 0.5 }, source = [[
    local cache, emptied = {}, 0
    function onMemoryWarning() emptied = emptied + 1 cache = {} end
    return { fill = function(n)
      for i = 1, n do cache[#cache + 1] = { i } end
      return emptied
    end }
  ]] }
  check.eq(worker:call("fill", 100000) > 2, true)
end)
