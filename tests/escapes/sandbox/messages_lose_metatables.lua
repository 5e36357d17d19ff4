-- expect: ok held
-- Messages are read raw: no metatable is asked, and none arrives.
local actor = require "actor"
local asked = 0
local function ask() asked = asked + 1 error("asked") end
local meta = { __index = ask, __newindex = ask, __len = ask, __pairs = ask, __eq = ask,
  __call = ask,
               __tostring = ask, __metatable = false, __name = "secret", __close = ask }
local child = actor.spawn{ source = [[
  return { look = function(x)
    return getmetatable(x), getmetatable(x.inner), #x, x.inner.k, next(x.inner), x.itself == x
  end }
]] }
local message = setmetatable({ 1, 2, 3, inner = setmetatable({ k = "v" }, meta) }, meta)
rawset(message, "itself", message)
local outer, inner, count, value, key, same = child:call("look", message)
assert(outer == nil and inner == nil and count == 3 and value == "v" and key == "k" and same)
assert(asked == 0)
return "held"
