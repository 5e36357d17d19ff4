-- expect: timeout cpu_limit instruction_limit
local function loop() while true do end end
repeat local ok = pcall(loop) until ok
