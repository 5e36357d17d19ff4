-- coroutines.lua: generators in generators, errors and closing across them.
local function sum(n) local s = 0 for i = 1, n do s = s + i end return s end
local yield, wrap, create, resume = coroutine.yield, coroutine.wrap, coroutine.create,
  coroutine.resume

local function numbers(n)
  return wrap(function() for i = 1, n do sum(20) yield(i) end end)
end
local function doubled(n)
  return wrap(function() for v in numbers(n) do sum(10) yield(v * 2) end end)
end
local total = 0
for v in doubled(50) do total = total + v end
print(total)

local co = create(function(a, b)
  local x, y = yield(a + b)
  sum(100)
  local z = yield(x * y)
  error("end" .. z, 0)
end)
print(coroutine.status(co), resume(co, 1, 2))
print(coroutine.status(co), resume(co, 4, 5))
print(resume(co, "!"))
print(coroutine.status(co), resume(co))

co = wrap(function()
  local ok, value = pcall(function()
    sum(50)
    local r = yield(1)
    sum(50)
    error(r, 0)
  end)
  yield(tostring(ok) .. value)
  return "done"
end)
print(co(), co("boom"), co())
print(pcall(co))

local function states()
  local outer, inner
  outer = create(function()
    inner = create(function()
      yield(coroutine.status(outer), coroutine.isyieldable(), (select(2, coroutine.running())))
    end)
    yield(resume(inner))
    return coroutine.status(inner), coroutine.close(inner), coroutine.status(inner)
  end)
  print(resume(outer))
  print(resume(outer))
end
states()

local log = {}
co = create(function()
  local guard <close> = setmetatable({}, { __close = function(_, message)
    sum(30)
    log[#log + 1] = tostring(message)
  end })
  yield("waiting")
end)
print(resume(co))
print(coroutine.close(co), coroutine.status(co), log[1])

co = create(function()
  local guard <close> = setmetatable({}, { __close = function() error("closing", 0) end })
  yield()
end)
resume(co)
print(coroutine.close(co))

-- Where C lies in between, not everything can yield, and nothing may show it.
local t = { 3, 1, 2 }
table.sort(t, function(a, b)
  local next_number = numbers(3)
  return next_number() == 1 and a < b
end)
print(table.concat(t, " "))
print(pcall(table.sort, { 2, 1 }, function() yield() end))
print(("abc"):gsub(".", function(letter) return numbers(2)() .. letter end))
print(load((function()
  local parts = { "return ", "1", "+", "2" }
  local i = 0
  return function() i = i + 1 sum(10) return parts[i] end
end)())())

-- Every value that travels in and out.
co = wrap(function(...)
  local n = select("#", ...)
  while true do n = select("#", yield(n, nil, n)) end
end)
print(co(), co(nil), co(nil, nil), co(1, nil, nil, 4))

local function permutations(list, n)
  n = n or #list
  if n <= 1 then yield(table.concat(list)) end
  for i = 1, n do
    list[n], list[i] = list[i], list[n]
    permutations(list, n - 1)
    list[n], list[i] = list[i], list[n]
  end
end
local all = {}
for p in wrap(function() permutations{ "a", "b", "c", "d" } end) do all[#all + 1] = p end
print(#all, table.concat(all, " "))

local depth = 0
local function tower(n)
  depth = depth + 1
  if n == 0 then return yield("bottom") end
  return wrap(tower)(n - 1)
end
co = create(tower)
print(resume(co, 10))
print(depth)
