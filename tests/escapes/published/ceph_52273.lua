-- expect: ok held
-- ceph, 52273: a finalizer that runs when the state is closed had no limits any more.
for _, value in ipairs{ function() while true do end end, true, false, 1, "text", {} } do
  assert(not pcall(setmetatable, {}, { __gc = value }), "a finalizer was taken")
end
-- One that comes later is never seen, and one that is inherited neither.
local ran = false
for _ = 1, 1000 do
  local meta = {}
  setmetatable({}, meta)
  meta.__gc = function() ran = true while true do end end
  setmetatable({}, setmetatable({}, { __index = { __gc = meta.__gc } }))
end
if collectgarbage then collectgarbage() end
assert(not ran)
return "held"
