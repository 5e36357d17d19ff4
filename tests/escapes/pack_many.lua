-- expect: timeout cpu_limit
local format = ("!16 i16"):rep(1000)
local text = ("x"):rep(1000000)
while true do
  pcall(string.pack, format)
  pcall(string.unpack, ("s4"):rep(1000), text)
  pcall(string.pack, "s", text)
end
