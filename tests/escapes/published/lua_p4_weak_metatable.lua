-- expect: memory_limit sandbox: restricted limits: memory=1MiB
-- Lua to 5.4.7 (983bc433): a weak metatable whose `__newindex` is collected by an emergency
-- collection, which a memory limit makes the script's choice.
local hoard = {}
while true do
  local meta = setmetatable({ __newindex = {}, __index = {} }, { __mode = "v" })
  local t = setmetatable({}, meta)
  pcall(function() for i = 1, 1000 do t[i] = ("x"):rep(i % 50) hoard[#hoard + 1] = { t } end end)
end
