-- expect: timeout cpu_limit
-- A callback for each letter, without the VM.
local text = ("x"):rep(20000000)
while true do pcall(string.gsub, text, ".", pcall) end
