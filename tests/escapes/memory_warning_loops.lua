-- expect: memory_limit as: handler chunk
-- The handler of the warning has a small budget of its own; then the script goes on.
function onMemoryWarning() while true do end end
local kept = {}
while true do kept[#kept + 1] = {} end
