-- expect: memory_limit limits: memory=1MiB
local function f(...) return f({}, ...) end
while true do pcall(f) end
