-- expect: timeout cpu_limit instruction_limit
local replacement = setmetatable({}, { __index = function() while true do end end })
while true do pcall(string.gsub, "x", "x", replacement) end
