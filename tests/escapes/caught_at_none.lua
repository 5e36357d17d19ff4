-- expect: memory_limit sandbox: none
-- At level none a refusal is an ordinary error; but whoever tries again and again, and has each
-- collection free next to nothing, is ended.
local kept = {}
while true do
  pcall(function() while true do kept[#kept + 1] = {} end end)
end
