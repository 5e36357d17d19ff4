-- expect: timeout cpu_limit
-- The table has a thousand million elements, says its length.
local proxy = setmetatable({}, {
  __len = function() return (1 << 31) - 2 end,
  __index = function(_, k) return -k end,
  __newindex = function() end,
})
while true do pcall(table.sort, proxy) end
