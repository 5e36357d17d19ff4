-- expect: timeout cpu_limit
local text = ("x"):rep(30000)
while true do pcall(string.gsub, text, "%f[y].-y", "") end
