-- expect: timeout cpu_limit limits: memory=256MiB
local a, b = ("x"):rep(10000000) .. "y", ("x"):rep(10000000) .. "y"
local t = { [a] = true }
while true do local _ = t[b] end
