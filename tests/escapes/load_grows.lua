-- expect: timeout cpu_limit instruction_limit sandbox: restricted
-- Too many local variables are refused before there is much of them, each time anew.
local n = 0
while true do
  pcall(load, function()
    n = n + 1
    return "local x" .. n .. " = 'constant number " .. n .. "' do "
  end)
end
