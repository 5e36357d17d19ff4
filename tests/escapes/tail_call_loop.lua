-- expect: timeout cpu_limit instruction_limit
local function f() return f() end
f()
