-- expect: timeout cpu_limit instruction_limit
local function f() return (("x"):gsub("x", f)) end
while true do pcall(f) end
