-- expect: timeout cpu_limit instruction_limit as: handler chunk
-- If the kill were an error, this variable would be closed on its way.
local guard <close> = setmetatable({}, { __close = function() while true do end end })
while true do end
