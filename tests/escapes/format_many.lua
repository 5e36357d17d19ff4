-- expect: timeout cpu_limit
local format, numbers = ("%99.99f"):rep(200), {}
for i = 1, 200 do numbers[i] = i * 1e300 end
while true do pcall(string.format, format, table.unpack(numbers)) end
