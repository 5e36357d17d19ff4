-- metamethods.lua: all that the VM and the library call on behalf of an operator.
local function sum(n) local s = 0 for i = 1, n do s = s + i end return s end

local mt = {}
local object = setmetatable({}, mt)
local other = setmetatable({}, mt)
for name, result in pairs{
  __add = 1, __sub = 2, __mul = 3, __div = 4, __mod = 5, __pow = 6, __unm = 7, __idiv = 8,
  __band = 9, __bor = 10, __bxor = 11, __shl = 12, __shr = 13, __bnot = 14, __concat = 15,
  __len = 16,
} do
  mt[name] = function() return sum(result) end
end
mt.__eq = function() return sum(9) == 45 end
mt.__lt = function() return sum(9) == 45 end
mt.__le = function() return sum(3) == 0 end
mt.__index = function(_, key) return key .. sum(4) end
mt.__newindex = function(t, key, value) rawset(t, key, value + sum(3)) end
mt.__call = function(_, ...) return select("#", ...), sum(...) end
mt.__tostring = function() return "object" .. sum(5) end
mt.__pairs = function(t) return function(_, k) if not k then return 1, sum(6) end end, t end

print(object + 1, 1 - object, object * object, object / 2, object % 3, 2 ^ object, -object)
print(object // 1, object & 1, 1 | object, object ~ object, object << 1, 1 >> object, ~object)
print(object .. "x", "x" .. object, 1 .. object .. 2, "a" .. "b" .. object, #object)
print(object == other, object ~= other, object < other, object <= other, object > 1, 1 >= object)
print(object.key, object[1], object(10))
object.new = 1
print(rawget(object, "new"), object.new)
print(tostring(object), ("%s"):format(object), table.concat({ "a", tostring(object) }, "-"))
for k, v in pairs(object) do print(k, v) end

local base = { greet = function(self) return "hello " .. self.name end }
base.__index = base
local derived = setmetatable({}, { __index = function(_, k) return base[k] end })
derived.__index = derived
print(setmetatable({ name = "x" }, derived):greet())

local log = {}
local proxy = setmetatable({}, {
  __index = function(_, k) return k <= 5 and k or nil end,
  __newindex = function(_, k, v) log[#log + 1] = k .. "=" .. tostring(v) end,
  __len = function() return 5 end,
})
print(table.unpack(proxy))
print(table.concat(proxy, ","))
table.insert(proxy, 6)
table.insert(proxy, 2, "two")
print(table.remove(proxy))
table.move(proxy, 1, 3, 2)
print(table.concat(log, " "))

local sorted = {}
for i = 1, 200 do sorted[i] = setmetatable({ n = i * 7919 % 211 }, {
  __lt = function(a, b) sum(2) return a.n < b.n end,
}) end
table.sort(sorted)
for i = 2, #sorted do assert(sorted[i - 1].n <= sorted[i].n) end
print(("hello world"):gsub("%w+", function(word) return word:upper() .. sum(3) end))
print(("abc"):gsub("%w", setmetatable({}, { __index = function(_, k) return k .. sum(2) end })))
