-- expect: timeout cpu_limit instruction_limit
local text = ("a"):rep(30000)
while true do
  pcall(function() for _ in text:gmatch((".-"):rep(8) .. "b") do end end)
end
