-- expect: ok held
-- Numeric loops whose counters would overflow.
local max, min = math.maxinteger, math.mininteger
local function count(first, last, step)
  local n = 0
  for _ = first, last, step do
    n = n + 1
    if n == 100 then return n end
  end
  return n
end
assert(count(max - 1, max, 1) == 2 and count(min + 1, min, -1) == 2)
assert(count(max, max, max) == 1 and count(min, min, min) == 1 and count(min, max, max) == 3)
assert(count(max, min, min) == 2 and count(1, math.huge, max) == 1 and count(1, 0, 1) == 0)
assert(count(1, 0 / 0, 1) == 0 and count(0 / 0, 1, 1) == 1)
assert(count(1.0, max, 1e308) == 1 and count(1, 1e308, 1) == 100)
assert(not pcall(count, 1, 2, 0) and not pcall(count, 1, 2, 0.0))
assert(not pcall(count, 1, {}, 1) and not pcall(count, print, 1, 1))
for i = max, max do assert(i == max) end
return "held"
