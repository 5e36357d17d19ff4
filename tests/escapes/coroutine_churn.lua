-- expect: timeout cpu_limit instruction_limit
-- Each new coroutine starts with a fresh count of instructions.
local function work() for _ = 1, 300 do end end
while true do coroutine.wrap(work)() end
