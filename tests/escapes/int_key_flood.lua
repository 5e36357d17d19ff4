-- expect: timeout cpu_limit
-- Integers are not hashed with a seed: all these keys collide.
local t = {}
for i = 1, 65000 do t[i * 65535] = true end
while true do
  for i = 1, 65000 do local _ = t[i * 65535] end
end
