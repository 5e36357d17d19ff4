-- method_calls.lua: methods found through one and two levels of inheritance.
local Base = {}
Base.__index = Base
function Base:add(n) self.total = self.total + n end
function Base:get() return self.total end

local Derived = setmetatable({}, { __index = Base })
Derived.__index = Derived
function Derived:twice(n)
  self:add(n)
  self:add(n)
end

return { run = function(units)
  local object = setmetatable({ total = 0 }, Derived)
  for _ = 1, units do
    object.total = 0
    for i = 1, 7000 do
      object:twice(i)
      if object:get() < 0 then return end
    end
    assert(object.total == 7000 * 7001)
  end
end }
