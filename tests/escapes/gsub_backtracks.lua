-- expect: timeout cpu_limit instruction_limit
local text = ("a"):rep(30000)
while true do pcall(string.gsub, text, ("a-"):rep(8) .. "b", "") end
