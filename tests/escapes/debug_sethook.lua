-- expect: timeout cpu_limit instruction_limit sandbox: none
-- With the debug library: away with all hooks.
while true do
  pcall(debug.sethook)
  for _ = 1, 1000 do end
end
