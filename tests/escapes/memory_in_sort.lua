-- expect: memory_limit
-- Where the VM cannot yield, the end is an error, and pcall passes it on.
local kept = {}
while true do
  pcall(table.sort, { 3, 2, 1 }, function()
    while true do kept[#kept + 1] = {} end
  end)
end
