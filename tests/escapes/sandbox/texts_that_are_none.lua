-- expect: ok held
-- `__tostring` that answers something else, fails, or answers too much.
local actor = require "actor"
for _, answer in ipairs{ 1, true, {}, print, coroutine.create(print) } do
  local object = setmetatable({}, { __tostring = function() return answer end })
  assert(not pcall(tostring, object) or answer == 1)
  pcall(print, object)
  pcall(actor.log, object)
  pcall(string.format, "%s", object)
end
local nothing = setmetatable({}, { __tostring = function() end })
assert(not pcall(tostring, nothing))
local itself = setmetatable({}, { __tostring = function(self) return self end })
assert(not pcall(tostring, itself))
for _, f in ipairs{ tostring, print } do
  local object = setmetatable({}, { __tostring = function(self) return f(self) end })
  assert(not pcall(f, object))
end
return "held"
