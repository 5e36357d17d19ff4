-- expect: timeout cpu_limit instruction_limit
-- The script's own versions of what keeps it in check.
local loop = function() while true do end end
pcall, xpcall, error, setmetatable = loop, loop, loop, loop
coroutine.wrap, coroutine.resume, coroutine.close = loop, loop, loop
string.format, table.concat, tostring, require = loop, loop, loop, loop
while true do end
