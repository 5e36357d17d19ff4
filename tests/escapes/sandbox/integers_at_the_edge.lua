-- expect: ok held
-- The largest and smallest integers as every argument of every function that takes integers.
local edges = { math.maxinteger, math.mininteger, math.maxinteger - 1, math.mininteger + 1, 1 << 31,
                -(1 << 31), (1 << 31) - 1, 1 << 32, (1 << 32) - 1, 1 << 53, 0, -1, 1,
                2.0 ^ 53, 2.0 ^ 63, -2.0 ^ 63, 1e308 }
local t, s = { 1, 2, 3 }, "abc"
for _, a in ipairs(edges) do
  pcall(string.char, a) pcall(utf8.char, a) pcall(select, a, 1, 2) pcall(table.unpack, t, a)
  pcall(string.rep, "", a) pcall(math.random, a) pcall(math.abs, a) pcall(tonumber, "10", a)
  pcall(table.remove, t, a) pcall(table.insert, t, a, 1) pcall(table.concat, t, ",", a)
  pcall(function() return 1 // a, 1 % a, a // -1, a % -1, a << a, a >> a, a ~ a, -a end)
  for _, b in ipairs(edges) do
    pcall(string.sub, s, a, b) pcall(string.byte, s, a, b) pcall(string.find, s, "b", a, b)
    pcall(utf8.codepoint, s, a, b) pcall(utf8.len, s, a, b) pcall(utf8.offset, s, a, b)
    pcall(table.concat, t, ",", a, b) pcall(math.random, a, b) pcall(math.fmod, a, b)
    pcall(table.unpack, t, a, b) pcall(string.unpack, "i4", s, a)
    -- Moves of nothing and of too much, up and down.
    pcall(table.move, t, a, b, 1, {}) pcall(table.move, t, 1, 3, a, {})
    pcall(math.ult, a, b) pcall(function() return a // b, a % b, a << b, a < b, a == b end)
  end
end
return "held"
