-- expect: timeout cpu_limit
local bytes = { (("x"):rep(7000)):byte(1, -1) }
while true do pcall(string.char, table.unpack(bytes)) end
