-- brief.lua: does next to nothing and ends.
local count = ...
local names = { "a", "b", "c" }
for i, name in ipairs(names) do names[name] = count + i end
