-- expect: timeout cpu_limit instruction_limit as: handler chunk
while true do
  pcall(table.sort, { 3, 2, 1 }, function() while true do end end)
end
