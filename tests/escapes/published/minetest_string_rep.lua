-- expect: ok held limits: memory=8MiB
-- Minetest's mesecons, 255 and 380: string.rep was replaced in the table of the library, and
-- `s:rep()` still reached the real one.
for _, rep in ipairs{ string.rep, ("x").rep, getmetatable("") and getmetatable("").__index.rep or
                      string.rep } do
  assert(not pcall(rep, "x", 1 << 30) and not pcall(rep, "x", 1 << 62))
  assert(not pcall(rep, "xy", math.maxinteger) and rep("", 1 << 62) == "")
  assert(not pcall(rep, "", 1 << 40, "x") and rep("", math.maxinteger, "") == "")
end
return "held"
