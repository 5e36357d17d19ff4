-- expect: timeout cpu_limit instruction_limit
-- All the ways to resume what cannot be resumed.
local co
co = coroutine.create(function()
  while true do
    pcall(coroutine.resume, co)
    pcall(coroutine.close, co)
    pcall(coroutine.close, coroutine.running())
    coroutine.resume(coroutine.create(function() coroutine.resume(co) end))
  end
end)
coroutine.resume(co)
while true do coroutine.resume(co) end
