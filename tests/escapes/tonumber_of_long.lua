-- expect: timeout cpu_limit limits: memory=256MiB
local text = (" "):rep(10000000)
while true do
  local _ = tonumber(text)
  _ = pcall(function() return text + 1 end)
end
