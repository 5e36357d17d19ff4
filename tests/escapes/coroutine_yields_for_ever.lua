-- expect: timeout cpu_limit instruction_limit
-- Short work, then a yield: no single resume takes long.
local co = coroutine.wrap(function() while true do coroutine.yield() end end)
while true do co() end
