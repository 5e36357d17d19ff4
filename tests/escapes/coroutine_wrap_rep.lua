-- expect: timeout cpu_limit
-- Nearly all time goes into C functions that are called by C.
local rep = coroutine.wrap(function(...)
  while true do coroutine.yield(pcall(string.rep, ...)) end
end)
local text = ("x"):rep(100000)
while true do rep(text, 10) end
