-- expect: timeout cpu_limit instruction_limit
while true do
  pcall(string.gsub, "x", "x", function() while true do end end)
end
