-- expect: killed host: kill as: handler chunk
require("host").ready()
while true do
  pcall(table.sort, { 3, 2, 1 }, function() while true do end end)
end
