-- expect: timeout cpu_limit instruction_limit
-- C in Lua in C in Lua, with a handler that loops at the bottom.
local function loop() while true do end end
local object = setmetatable({}, { __tostring = function() xpcall(loop, loop) return "x" end })
while true do
  pcall(table.sort, { 3, 2, 1 }, function(a, b)
    (("x"):rep(10)):gsub("x", function() return tostring(object) end)
    return a < b
  end)
end
