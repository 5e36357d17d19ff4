-- expect: timeout cpu_limit limits: memory=256MiB
local mt = {}
local function f() local guard <close> = setmetatable({}, mt) end
mt.__close = f
while true do pcall(f) end
