-- expect: ok held
-- Yields and awaits in the middle of C functions, and outside of all coroutines.
local actor = require "actor"
local yield = coroutine.yield
local function wait() actor.sleep(0) end
local places = {
  function(f) table.sort({ 3, 2, 1 }, function(a, b) f() return a < b end) end,
  function(f) ("abc"):gsub(".", function() f() end) end,
  function(f) table.concat(setmetatable({}, { __index = function() f() return "x" end }), "", 1,
    2) end,
  function(f) tostring(setmetatable({}, { __tostring = function() f() return "x" end })) end,
  function(f) print(setmetatable({}, { __tostring = function() f() return "x" end })) end,
  function(f) string.format("%s", setmetatable({},
    { __tostring = function() f() return "x" end })) end,
  function(f) if load then load(function() f() end) end end,
  function(f) table.insert(setmetatable({}, { __newindex = function() f() end }), 1) end,
  function(f) table.unpack(setmetatable({}, { __index = function() f() end }), 1, 3) end,
  function(f) next({}, nil) f() end,
  function(f) local guard <close> = setmetatable({}, { __close = f }) end,
  function(f) local guard <close> = setmetatable({}, { __close = f }) error("e") end,
  function(f) for _ in f do end end,
  function(f) return setmetatable({}, { __index = f }).x end,
  function(f) return setmetatable({}, { __add = f }) + 1 end,
  function(f) return setmetatable({}, { __lt = f }) < {} end,
  function(f) pairs(setmetatable({}, { __pairs = f })) end,
  function(f) xpcall(error, f) end,
  function(f) actor.within(1, f) end,
}
for i, place in ipairs(places) do
  pcall(place, yield)
  pcall(place, wait)
  local co = coroutine.create(function() place(yield) place(wait) end)
  for _ = 1, 10 do coroutine.resume(co, i) end
  coroutine.close(co)
end
return "held"
