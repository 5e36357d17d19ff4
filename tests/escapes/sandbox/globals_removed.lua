-- expect: ok held
-- What a script has removed stays removed, and nothing more powerful comes in its place.
local keep = { assert, pcall, require, rawset, rawget, pairs }
local assert, pcall, require, rawset, rawget, pairs = table.unpack(keep)
for name in pairs(_G) do if name ~= "_G" then rawset(_G, name, nil) end end
assert(string == nil and print == nil and load == nil and io == nil)
assert(("x"):rep(2) == "xx", "strings have lost their methods")
assert(not pcall(require, "io") and not pcall(require, "package"))
assert(require "actor")
return "held"
