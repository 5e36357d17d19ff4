-- expect: timeout cpu_limit
local t = {}
for i = 1, 400000 do t[i] = (i * 7919) % 400009 end
while true do
  table.sort(t, math.ult)
  t[1], t[200000] = t[200000], t[1]
end
