-- expect: timeout cpu_limit instruction_limit
-- The fourth value of a generic for is closed when the loop is left, also by an error.
local guard = setmetatable({}, { __close = function() while true do end end })
while true do
  pcall(function()
    for _ in next, { 1 }, nil, guard do error("out") end
  end)
end
