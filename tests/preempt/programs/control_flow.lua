-- control_flow.lua: loops, jumps, varargs, closures, numbers and strings.
local function sum(n) local s = 0 for i = 1, n do s = s + i end return s end

local out = {}
for i = 10, 1, -3 do out[#out + 1] = i end
for i = 1.5, 3 do out[#out + 1] = i end
for i = math.maxinteger - 1, math.maxinteger do out[#out + 1] = i end
for i = 3, 1 do out[#out + 1] = "never" .. i end
print(table.concat(out, " "))

local n = 0
while true do
  n = n + 1
  if n % 2 == 0 then goto continue end
  if n > 9 then break end
  out[#out + 1] = n
  ::continue::
end
repeat local done = n > 20 n = n + 3 until done
print(n, #out)

local function tail(k, acc) if k == 0 then return acc end return tail(k - 1, acc + k) end
print(tail(2000, 0))

local function va(...)
  local a, b = ...
  sum(3)
  return select("#", ...), a, b, ...
end
print(va())
print(va(1, nil, 3, nil))
print((va(1, 2)))
print(table.unpack({ va(7) }, 1, 4))
print(table.pack(va(nil, nil)).n)

local closures = {}
for i = 1, 3 do
  local j = i
  closures[i] = function() j = j + i return j end
end
for _ = 1, 2 do for i = 1, 3 do out[#out + 1] = closures[i]() end end
print(table.concat(out, " ", #out - 5))

local function iterator(k)
  local i = 0
  return function() i = i + 1 sum(5) if i <= k then return i, i * i end end
end
local squares = 0
for _, square in iterator(20) do squares = squares + square end
print(squares)

print(7 // 2, -7 // 2, 7 % -3, -7 % 3, 7.5 // 2, 2 ^ 10, 1 / 2, 3 | 4, ~0, 1 << 62, "10" + 5)
print(1 == 1.0, math.type(1), math.type(1.0), 10 // 0.0, pcall(function() return 1 // 0 end))
print(1 < 2, "a" < "b", not nil, nil and 1, false or "x", 1 and 2)
print(#"abc", "a" .. 1 .. 2.0, ("x"):rep(3, ","), ("%5.2f|%-5d|%q"):format(3.14159, 42, "a\nb"))
print(("key = value"):match("^(%w+)%s*=%s*(%w+)$"))
for word, digit in ("a1 b2 c3"):gmatch("(%a)(%d)") do out[#out + 1] = word .. digit end
print(table.concat(out, " ", #out - 2), ("abc"):reverse():upper():byte(1, -1))

local t = { 1, 2, 3, x = 1, [10] = 10, nested = { { "deep" } } }
t[#t + 1] = 4
t.x, t.y = t.y, t.x
print(#t, t.x, t.y, t.nested[1][1], next({}), rawlen(t), rawequal(t, t), select(-1, 1, 2, 3))
local keys = {}
for k in pairs(t) do keys[#keys + 1] = tostring(k) end
table.sort(keys)
print(table.concat(keys, " "))

local env = { print = print, tostring = tostring }
local chunk = load("x = 1; local function f() return x + 1 end; return f()", "chunk", "t", env)
print(chunk(), env.x, x)
