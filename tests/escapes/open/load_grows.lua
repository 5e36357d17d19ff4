-- expect: memory_limit
local n = 0
while true do
  pcall(load, function()
    n = n + 1
    return "local x" .. n .. " = 'constant number " .. n .. "' do "
  end)
end
