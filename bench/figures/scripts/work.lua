-- work.lua: ten milliseconds or a little more of one kind of work for each unit.
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end

local function fill(n)
  local t = {}
  for i = 1, n do t[i] = { i, i } end
  return #t
end

local function join(n)
  local parts = {}
  for i = 1, n do parts[#parts + 1] = ("%d:%s"):format(i, "x") end
  return #table.concat(parts, ",")
end

local function generate(n)
  local sum = 0
  for i in coroutine.wrap(function() for i = 1, n do coroutine.yield(i) end end) do
    sum = sum + i
  end
  return sum
end

local kinds = {
  calls = function() return fib(28) end,
  tables = function() return fill(140000) end,
  strings = function() return join(40000) end,
  coroutines = function() return generate(90000) end,
}

local function run(kind, units)
  local work = kinds[kind]
  for _ = 1, units do work() end
end

-- As an execution it works once; as an actor, on request.
local kind, units = ...
if kind then return run(kind, units) end
return { run = run }
