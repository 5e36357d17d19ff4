-- expect: memory_limit limits: memory=2MiB
-- Up to 5.4.7 an emergency collection in the middle of an assignment frees what is being used.
local kept = {}
while true do
  local mt = setmetatable({ __newindex = {} }, { __mode = "v" })
  local t = setmetatable({}, mt)
  for i = 1, 10 do t[i] = { i } end
  kept[#kept + 1] = t
end
