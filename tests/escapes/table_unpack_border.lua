-- expect: timeout cpu_limit
local t = {}
for k = 62, 0, -1 do t[1 << k] = "" end
while true do
  pcall(table.unpack, t)
  pcall(table.unpack, t, 1, 1 << 20)
  pcall(table.unpack, t, math.mininteger, math.maxinteger)
end
