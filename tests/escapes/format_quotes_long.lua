-- expect: timeout cpu_limit
local text = ("\0\n\""):rep(1000000)
while true do pcall(string.format, "%q", text) end
