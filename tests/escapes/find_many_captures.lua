-- expect: timeout cpu_limit
local text = ("a"):rep(3000)
while true do pcall(string.find, text, ("(a-)"):rep(32) .. "b") end
