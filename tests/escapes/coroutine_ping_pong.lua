-- expect: timeout cpu_limit instruction_limit
local function body() while true do pcall(coroutine.yield) end end
local list = {}
for i = 1, 100 do list[i] = coroutine.create(body) end
while true do
  for _, co in ipairs(list) do coroutine.resume(co) end
end
