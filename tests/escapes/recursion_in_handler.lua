-- expect: timeout cpu_limit instruction_limit limits: memory=256MiB
-- The stack is full, and the message handler needs some.
local function f() return 1 + f() end
while true do xpcall(f, f) end
