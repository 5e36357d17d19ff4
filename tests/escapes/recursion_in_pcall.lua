-- expect: timeout cpu_limit instruction_limit limits: memory=256MiB
local function f() return 1 + f() end
while true do pcall(f) end
