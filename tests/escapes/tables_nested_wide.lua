-- expect: memory_limit
local function tree() local t = {} for i = 1, 100 do t[i] = {} end return t end
local level = { {} }
while true do
  local next_level = {}
  for _, t in ipairs(level) do
    for i = 1, 10 do
      t[i] = tree()
      next_level[#next_level + 1] = t[i]
    end
  end
  level = next_level
end
