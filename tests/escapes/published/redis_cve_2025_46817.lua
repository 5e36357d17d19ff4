-- expect: ok held
-- Redis, CVE-2025-46817: unpack() counted its results in an int that overflowed.
for _, range in ipairs{
  { 0, math.maxinteger }, { math.mininteger, math.maxinteger }, { 1, 1 << 31 }, { 1, 1 << 32 },
  { -(1 << 31), (1 << 31) - 1 }, { math.maxinteger - 5, math.mininteger + 5 }, { 0, (1 << 31) - 1 },
  { math.mininteger, -1 }, { -1, 2147483646 }, { 1, 1 << 62 },
} do
  local ok, first = pcall(function() return select("#", table.unpack({}, range[1], range[2])) end)
  assert(not ok or range[1] > range[2] and first == 0, range[1] .. " to " .. range[2])
end
assert(select("#", table.unpack({}, math.maxinteger, math.maxinteger)) == 1)
assert(select("#", table.unpack({}, math.mininteger, math.mininteger)) == 1)
assert(not pcall(string.byte, ("x"):rep(1 << 20), 1, -1) or true)
assert(not pcall(string.char, table.unpack({}, 1, 300)))
return "held"
