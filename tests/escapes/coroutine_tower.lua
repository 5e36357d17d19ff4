-- expect: timeout cpu_limit instruction_limit
-- Coroutines in coroutines, as deep as C allows, each of them catching.
local function tower(depth)
  if depth == 0 then while true do end end
  pcall(coroutine.wrap(function()
    pcall(tower, depth - 1)
    while true do end
  end))
  while true do end
end
tower(60)
