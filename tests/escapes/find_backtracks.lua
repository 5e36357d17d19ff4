-- expect: timeout cpu_limit instruction_limit
-- Eight times "as little as possible": n^8 steps without a single instruction of the VM.
local text = ("a"):rep(30000)
while true do pcall(string.find, text, (".-"):rep(8) .. "b") end
