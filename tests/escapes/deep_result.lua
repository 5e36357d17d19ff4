-- expect: error limits: memory=256MiB
-- The answer itself is the attack.
local deep = {}
for _ = 1, 1000000 do deep = { deep } end
error(deep)
