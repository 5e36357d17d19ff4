-- expect: ok held
-- All strings share one metatable, the host's own strings, too: no script may have it.
local meta = getmetatable("")
assert(type(meta) ~= "table", "the metatable of strings is not protected")
assert(not pcall(setmetatable, "", {}))
assert(("x").dump == nil and ("x").nothing == nil)
assert(not pcall(function() local s = "" s.x = 1 end))
return "held"
