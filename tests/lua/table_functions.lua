-- table_functions.lua: concat, insert, move, remove, sort and unpack, as scripts meet them.
local check = require "lib.check"
local test, eq = check.test, check.eq

test("elements are inserted, removed and moved", function()
  local t = { "b" }
  table.insert(t, "d")
  table.insert(t, 1, "a")
  table.insert(t, 3, "c")
  eq(t, { "a", "b", "c", "d" })
  eq({ table.remove(t), table.remove(t, 1), table.remove(t, 2) }, { "d", "a", "c" })
  eq(t, { "b" })
  eq(table.move({ 1, 2, 3 }, 1, 3, 2), { 1, 1, 2, 3 })
  eq(table.move({ 1, 2, 3 }, 2, 3, 1), { 2, 3, 3 })
  eq(table.move({ 1, 2, 3 }, 1, 3, 3, { 9 }), { 9, nil, 1, 2, 3 })
end)

test("elements are joined and unpacked", function()
  eq(table.concat({ 1, "b", 2.5 }, ", "), "1, b, 2.5")
  eq(table.concat({ "a", "b", "c" }, "", 2, 3), "bc")
  eq(table.concat({}, "x"), "")
  eq(check.results(table.unpack, { 1, nil, 3 }, 1, 3), { n = 3, 1, nil, 3 })
  eq(select("#", table.unpack({}, 1, 100000)), 100000)
end)

test("metamethods are respected", function()
  local store, reads, writes = { 3, 1, 2 }, 0, 0
  local proxy = setmetatable({}, {
    __len = function() return #store end,
    __index = function(_, k) reads = reads + 1 return store[k] end,
    __newindex = function(_, k, v) writes = writes + 1 store[k] = v end,
  })
  table.sort(proxy)
  eq(store, { 1, 2, 3 })
  table.insert(proxy, 1, 0)
  eq(store, { 0, 1, 2, 3 })
  eq(table.remove(proxy, 2), 1)
  eq(table.concat(proxy, " "), "0 2 3")
  eq({ table.unpack(proxy) }, { 0, 2, 3 })
  eq(rawlen(proxy), 0)
  assert(reads > 0 and writes > 0)
end)

test("sorting orders numbers, strings, objects, and by a function", function()
  local numbers, words = {}, {}
  for i = 1, 500 do numbers[i] = i * 7919 % 503 end
  table.sort(numbers)
  for i = 2, #numbers do assert(numbers[i - 1] <= numbers[i]) end
  table.sort(numbers, function(a, b) return a > b end)
  for i = 2, #numbers do assert(numbers[i - 1] >= numbers[i]) end
  for word in ("the quick brown fox"):gmatch("%a+") do words[#words + 1] = word end
  table.sort(words)
  eq(words, { "brown", "fox", "quick", "the" })
  local before = { __lt = function(a, b) return a.key < b.key end }
  local objects = {}
  for i = 1, 50 do objects[i] = setmetatable({ key = -i }, before) end
  table.sort(objects)
  eq(objects[1].key, -50)
  eq(check.results(pcall, table.sort, { 1, {} })[1], false)
end)

test("an order function that contradicts itself neither hangs nor loses elements", function()
  for _, answer in ipairs{ true, false, "random" } do
    local t = {}
    for i = 1, 1000 do t[i] = i end
    table.sort(t, function()
      if answer == "random" then return math.random(2) == 1 end
      return answer
    end)
    local seen = 0
    for _, value in ipairs(t) do seen = seen + value end
    eq(seen, 500500)
  end
end)

test("what would run for ever ends with an error that can be caught", function()
  local huge = setmetatable({}, { __len = function() return 1 << 60 end, __index = {} })
  local sparse = {}
  for k = 62, 0, -1 do sparse[1 << k] = "" end
  for _, call in ipairs{
    { table.move, {}, 1, 1 << 60, 2 }, { table.insert, huge, 1, 1 }, { table.remove, huge, 1 },
    { table.sort, huge }, { table.unpack, huge }, { table.remove, sparse, 1 },
    { table.insert, sparse, 1, 1 }, { table.concat, huge },
  } do
    eq(pcall(table.unpack(call)), false)
  end
end)
