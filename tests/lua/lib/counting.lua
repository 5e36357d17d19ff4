-- counting.lua: a module that knows how often it was loaded.
local name = ...
counting_loads = (counting_loads or 0) + 1
return { name = name, loads = function() return counting_loads end }
