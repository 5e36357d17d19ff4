-- expect: memory_limit
function onMemoryWarning()
  while true do
    pcall(function() while true do end end)
    xpcall(error, function() while true do end end)
  end
end
local kept = {}
while true do kept[#kept + 1] = {} end
