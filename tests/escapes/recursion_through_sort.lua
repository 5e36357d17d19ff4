-- expect: timeout cpu_limit instruction_limit
local function f() table.sort({ 1, 2, 3 }, f) return false end
while true do pcall(f) end
