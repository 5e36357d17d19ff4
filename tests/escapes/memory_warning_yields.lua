-- expect: memory_limit
function onMemoryWarning()
  while true do pcall(coroutine.yield) end
end
local kept = {}
local co = coroutine.wrap(function() while true do kept[#kept + 1] = {} end end)
while true do co() end
