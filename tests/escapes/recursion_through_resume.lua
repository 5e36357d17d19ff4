-- expect: timeout cpu_limit limits: memory=256MiB
local function f() coroutine.wrap(f)() end
while true do pcall(f) end
