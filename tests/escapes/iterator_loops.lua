-- expect: timeout cpu_limit instruction_limit
local function step() while true do end end
while true do
  pcall(function() for _ in step do end end)
  pcall(function() for _ in pairs(setmetatable({}, { __pairs = step })) do end end)
end
