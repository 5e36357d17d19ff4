-- expect: memory_limit limits: memory=16MiB
-- All but a few bytes are alive; then garbage, so that each allocation begins with a collection.
local limit = 16 * 1024
local head
while collectgarbage("count") < limit - 16 do head = { head } end
while true do local _ = { {} } end
