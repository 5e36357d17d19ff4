-- expect: ok held as: handler chunk
-- A metatable of the script's own on its globals changes nothing but the script's own globals.
local asked = {}
setmetatable(_G, {
  __index = function(_, name) asked[#asked + 1] = name return nil end,
  __newindex = function() error("no") end,
  __pairs = function() error("no") end,
})
assert(io == nil and package == nil and debug == nil)
assert(#asked == 3 and asked[1] == "io")
assert(require("string") == string and ("x"):rep(3) == "xxx")
assert(require("module").name == "module")
assert(rawget(_G, "io") == nil)
assert(getmetatable(_G).__newindex ~= nil)
local child = require("actor").spawn{ source = [[
  return { look = function() return getmetatable(_G) == nil and io == nil and type(print) end }
]] }
assert(child:call("look") == "function")
setmetatable(_G, nil)
return "held"
