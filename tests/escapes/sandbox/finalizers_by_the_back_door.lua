-- expect: ok held
-- `__gc` by a metatable of the metatable, by a field that comes later, by what others set.
local ran = false
local function run() ran = true while true do end end
for _, make in ipairs{
  function() return setmetatable({}, setmetatable({}, { __index = { __gc = run } })) end,
  function() local meta = {} local t = setmetatable({}, meta) meta.__gc = run return t end,
  function() local meta = {} local t = setmetatable({}, meta) rawset(meta, "__gc", run)
    return pcall(setmetatable, t, meta) end,
  function() local meta = { __newindex = run } local t = setmetatable({}, meta) meta.__gc = run
    return pcall(setmetatable, t, meta) end,
  function() local t = {} t.__gc, t.__index = run, t return pcall(setmetatable, t, t) end,
  function() return pcall(setmetatable, {}, { __gc = 0 }) end,
} do
  for _ = 1, 300 do make() end
end
local garbage
for i = 1, 100000 do garbage = { garbage and i } end
if collectgarbage then collectgarbage() collectgarbage() end
assert(not ran, "a finalizer ran")
return "held"
