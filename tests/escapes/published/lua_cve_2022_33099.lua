-- expect: ok held limits: instructions=100000000
-- Lua, CVE-2022-33099: an error while an overflow of the C stack was being handled.
local function count(f) return coroutine.wrap(function() return pcall(f) end) end
local s = setmetatable({}, { __tostring = function(self) return tostring(self) .. "x" end,
                             __index = function(self, key) return self[key .. "x"] end,
                             __concat = function(a, b) return a .. b end })
for _ = 1, 5 do
  assert(not pcall(tostring, s))
  assert(not pcall(function() return s.x end))
  assert(not pcall(function() return "a" .. "b" .. s end))
  xpcall(tostring, function() return tostring(s) end, s)
  xpcall(tostring, function(e) return e .. s end, s)
  count(function() return s .. s end)()
end
return "held"
