-- expect: timeout cpu_limit instruction_limit as: handler chunk
-- resume answers false for whatever ends the coroutine.
local function loop() while true do end end
while true do coroutine.resume(coroutine.create(loop)) end
