-- expect: ok held sandbox: restricted
-- Switches that change how the collector works do nothing, and what it counts is rounded.
assert(collectgarbage("isrunning"))
for _, option in ipairs{ "stop", "generational", "incremental", "setpause", "setstepmul",
  "restart" } do
  pcall(collectgarbage, option, 1000)
  assert(collectgarbage("isrunning"), option .. " has stopped it")
end
for _, option in ipairs{ "none", "", 1, {}, print } do
  assert(not pcall(collectgarbage, option))
end
assert(collectgarbage("count") % 16 == 0, "count is exact to the byte")
local weak = setmetatable({ {} }, { __mode = "v" })
collectgarbage()
assert(weak[1] == nil)
return "held"
