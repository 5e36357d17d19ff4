-- expect: memory_limit
local t, n = {}, 0
while true do
  n = n + 1
  t[n + 0.5] = true
end
