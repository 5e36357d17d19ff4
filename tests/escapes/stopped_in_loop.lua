-- expect: killed host: stop as: handler chunk
require("host").ready()
while true do pcall(function() while true do end end) end
