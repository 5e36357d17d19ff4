-- expect: ok held
-- Open: all strings share one metatable, and a script gets it: `getmetatable("")` should be false.
local meta = getmetatable("")
assert(type(meta) ~= "table", "the metatable of strings is not protected")
assert(not pcall(setmetatable, "", {}))
assert(("x").dump == nil and ("x").nothing == nil)
assert(not pcall(function() local s = "" s.x = 1 end))
return "held"
