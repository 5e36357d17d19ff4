-- expect: ok held
-- Formats that ask for more than there is, or for something else.
for _, format in ipairs{ "%", "%%%", "%d", "%s%s", "%z", "%-", "%.", "%1", "%$", "%1$d", "%*d",
  "%n", "%hd",
                         "%ld", "%lln", "%C", "%S", "%m", "%\0", "%0\0d", "%99999999999d",
                         "%.99999999999f",
                         ("%"):rep(1001), ("%s"):rep(300), ("%-+ #0"):rep(50) .. "d", "%q%", "%5q",
                           "%i%" } do
  for _, value in ipairs{ 1, 1.5, "x", "10", {}, print, true, math.huge, 0 / 0, math.mininteger } do
    pcall(string.format, format, value)
  end
end
assert(string.format("%q", math.mininteger) == "0x8000000000000000")
assert(string.format("%q", 1 / 0) == "1e9999" and string.format("%q", 0 / 0) == "(0/0)")
assert(not pcall(string.format, "%q", {}) and not pcall(string.format, "%d", 1.5))
return "held"
