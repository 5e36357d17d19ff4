-- expect: timeout cpu_limit limits: memory=256MiB
local function f() pcall(f) end
while true do f() end
