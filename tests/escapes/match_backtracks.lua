-- expect: timeout cpu_limit instruction_limit
local text = ("a"):rep(30000)
while true do pcall(string.match, text, ("a*"):rep(12) .. "b") end
