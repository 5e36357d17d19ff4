-- expect: memory_limit
-- resume answers false for an error; not for this one.
local kept = {}
local function grow() while true do kept[#kept + 1] = {} end end
while true do coroutine.resume(coroutine.create(grow)) end
