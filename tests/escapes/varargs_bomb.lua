-- expect: timeout cpu_limit limits: memory=256MiB
local function f(...) return f(1, ...) end
while true do pcall(f) end
