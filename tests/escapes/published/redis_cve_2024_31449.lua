-- expect: ok held
-- Redis, CVE-2024-31449: a C function that builds a text from a number of digits that the script
-- chose overflowed a buffer on the stack. The places where ours take a width, a count or a size.
local huge = { 0, -1, 1, 99, 100, 1 << 31, (1 << 31) - 1, -(1 << 31), 1 << 32, 1 << 62,
               math.maxinteger, math.mininteger }
for _, n in ipairs(huge) do
  for _, letter in ipairs{ "d", "i", "u", "x", "X", "o", "c", "e", "E", "f", "g", "G", "a", "A",
    "q",
                           "s", "p" } do
    for _, flags in ipairs{ "", "-", "+", "0", "#", " ", "-+ #0" } do
      pcall(string.format, "%" .. flags .. n .. letter, 1)
      pcall(string.format, "%" .. flags .. "." .. n .. letter, 1e308)
      pcall(string.format, "%" .. flags .. n .. "." .. n .. letter, -1e308)
    end
  end
  for _, letter in ipairs{ "i", "I", "s", "!", "x", "X" } do
    pcall(string.pack, letter .. n, 1)
    pcall(string.pack, letter .. n, "x")
    pcall(string.unpack, letter .. n, ("x"):rep(100))
    pcall(string.packsize, letter .. n)
  end
  pcall(tostring, n)
  pcall(tonumber, ("1"):rep(300), n)
end
assert(#string.format("%99.99f", -1e308) > 300)
assert(not pcall(string.format, "%100d", 1) and not pcall(string.format, "%.100f", 1))
return "held"
