-- expect: ok held limits: memory=16MiB
-- What one actor may not hold, many must not hold for it: its family shares its memory.
local actor = require "actor"
local children, bytes = {}, 0
for i = 1, 60 do
  local ok, child = pcall(actor.spawn, { source = [[
    local kept = {}
    return { keep = function()
      for i = 1, 1000 do kept[#kept + 1] = ("x"):rep(1000) .. #kept end
      return 1000 * 1000
    end }
  ]] })
  if ok then
    children[#children + 1] = child
    for _ = 1, 5 do
      local kept, count = pcall(child.call, child, "keep")
      if kept then bytes = bytes + count end
    end
  end
end
local alive = 0
for _, child in ipairs(children) do
  local ok, info = pcall(actor.info, child)
  if ok then alive = alive + info.memory.used_bytes end
end
assert(bytes > 1000000, "nobody could keep anything")
assert(alive <= 16 << 20, alive .. " bytes in children")
return "held"
