-- expect: memory_limit sandbox: restricted none limits: memory=16MiB
local info = require("actor").info
local head
while info().memory.used_bytes < 16 * 1024 * 1020 do
  for _ = 1, 100 do head = { head } end
end
while true do pcall(function() while true do head = { head } end end) end
