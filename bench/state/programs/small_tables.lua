-- small_tables.lua: making tables of a few entries, most of them garbage at once.
local kept = {}

return { run = function(units)
  for _ = 1, units do
    for i = 1, 4000 do
      local point = { x = i, y = i + 1, z = { i } }
      kept[i % 500 + 1] = point
    end
  end
  assert(kept[1].x == 4000)
end }
