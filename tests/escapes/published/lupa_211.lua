-- expect: ok held
-- lupa, 211: a state whose limit did not hold its libraries ended the process while it was opened.
local actor = require "actor"
local ended, source = 0, "string.rep('x', 10) math.floor(1) return { f = function() return 1 end }"
for bytes = 0, 32768, 512 do
  local ok, child = pcall(actor.spawn, { source = source, limits = { memory = bytes } })
  if ok then ok = pcall(child.call, child, "f") end
  if not ok then ended = ended + 1 end
end
assert(ended > 0 and ended < 65, ended .. " did not start")
return "held"
