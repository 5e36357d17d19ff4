-- expect: timeout cpu_limit limits: memory=256MiB
-- One instruction, milliseconds each.
local a, b = ("x"):rep(20000000) .. "y", ("x"):rep(20000000) .. "y"
while true do local _ = a < b end
