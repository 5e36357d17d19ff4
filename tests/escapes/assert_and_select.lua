-- expect: timeout cpu_limit instruction_limit
-- What catches is not called by its name.
local catch = select(1, pcall, nil)
local function loop() while true do end end
while true do assert(not catch(loop)) end
