-- expect: timeout cpu_limit
local text = ("x"):rep(900000)
while true do pcall(string.byte, text, 1, -1) end
