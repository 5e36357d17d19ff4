-- expect: timeout cpu_limit
-- memchr and memcmp: quadratic where the needle nearly matches everywhere.
local text, needle = ("a"):rep(3000000), ("a"):rep(1500000) .. "b"
while true do pcall(string.find, text, needle, 1, true) end
