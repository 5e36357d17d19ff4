-- expect: timeout cpu_limit
local first = {}
local last = first
for _ = 1, 1990 do
  local t = {}
  setmetatable(last, { __index = t, __newindex = t })
  last = t
end
local circle = setmetatable({}, {})
getmetatable(circle).__index = circle
while true do
  local _ = first.x
  first.x = nil
  pcall(function() return circle.x end)
end
