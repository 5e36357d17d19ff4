-- expect: killed host: kill as: handler chunk
require("host").ready()
while true do pcall(function() while true do end end) end
