-- expect: memory_limit
-- The stack overflows, and what closes on the way out has no memory left either.
local kept = {}
local function f(n)
  local guard <close> = setmetatable({}, { __close = function() kept[#kept + 1] = { n, {} } end })
  return 1 + f(n + 1)
end
while true do pcall(f, 1) end
