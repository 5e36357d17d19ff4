-- expect: timeout cpu_limit instruction_limit
-- Closes a coroutine that the limit has struck, and goes on with another.
local co
local function body() while true do end end
while true do
  co = coroutine.create(body)
  pcall(coroutine.resume, co)
  pcall(coroutine.close, co)
  pcall(coroutine.status, co)
end
