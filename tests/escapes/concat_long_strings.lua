-- expect: timeout cpu_limit limits: memory=256MiB
local text = ("x"):rep(10000000)
while true do local _ = text .. "y" end
