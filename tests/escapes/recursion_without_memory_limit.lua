-- expect: error stack overflow limits: memory=256MiB
local function f() return 1 + f() end
f()
