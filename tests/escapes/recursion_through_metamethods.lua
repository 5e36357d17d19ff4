-- expect: timeout cpu_limit limits: memory=256MiB
local object = setmetatable({}, {})
local mt = getmetatable(object)
mt.__index = function(t, k) return t[k + 1] end
mt.__add = function(a, b) return a + b end
mt.__eq = function(a, b) return a == setmetatable({}, mt) end
mt.__len = function(a) return #a end
while true do
  pcall(function() return object[1] end)
  pcall(function() return object + 1 end)
  pcall(function() return object == setmetatable({}, mt) end)
  pcall(function() return #object end)
end
