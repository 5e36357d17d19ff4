-- expect: ok held
-- Formats of pack and unpack over data that is too short, too long, or lies about its length.
local data = ("\255"):rep(64)
local letters = { "b", "B", "h", "H", "i", "I", "l", "L", "j", "J", "T", "f", "d", "n", "s", "z",
  "x", "X",
                  "!", "<", ">", "=", " ", "c", "i0", "i17", "I1", "I16", "s1", "s8", "s17", "c0",
                  "c1000",
                  "Xd", "X", "Xz", "!3", "!17", "c" }
for _, one in ipairs(letters) do
  for _, two in ipairs(letters) do
    local format = one .. two
    pcall(string.pack, format, -1, "x")
    pcall(string.pack, format, "x", 1 << 62)
    pcall(string.packsize, format)
    for _, from in ipairs{ 1, 0, -1, 64, 65, 66, -64, -65, math.maxinteger, math.mininteger } do
      pcall(string.unpack, format, data, from)
      pcall(string.unpack, format, "", from)
    end
  end
end
assert(not pcall(string.unpack, "s8", "\255\255\255\255\255\255\255\127x"))
assert(not pcall(string.unpack, "s4", "\255\255\255\255") and not pcall(string.unpack, "z", "abc"))
return "held"
