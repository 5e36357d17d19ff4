-- expect: timeout cpu_limit
local text = ("x"):rep(8000000)
while true do
  local _ = text:upper()
  _ = text:reverse()
  _ = text:sub(2)
end
