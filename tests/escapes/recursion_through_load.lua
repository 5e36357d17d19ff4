-- expect: timeout cpu_limit instruction_limit sandbox: restricted
local function f() load(f) end
while true do pcall(f) end
