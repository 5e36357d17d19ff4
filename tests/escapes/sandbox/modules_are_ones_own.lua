-- expect: ok held
-- What a script does to a module it has required is seen by nobody else who requires it.
local actor = require "actor"
local module = require "module"
module.name, module.evil = "evil", true
setmetatable(module, { __index = function() return "evil" end })
assert(require("module") == module)
local child = actor.spawn{ source = [[
  local module = require "module"
  return { look = function() return module.name, module.evil, module.nothing end }
]] }
local name, evil, nothing = child:call("look")
assert(name == "module" and evil == nil and nothing == nil)
return "held"
