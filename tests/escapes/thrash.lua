-- expect: memory_limit sandbox: restricted limits: memory=16MiB
-- All but a few bytes are alive; then garbage, so that each allocation begins with a collection.
local info = require("actor").info
local head
while info().memory.used_bytes < 16 * 1024 * 1023 do
  for _ = 1, 100 do head = { head } end
end
while true do local _ = { {} } end
