-- expect: timeout cpu_limit
-- A matcher that runs for ever, called by nobody but a coroutine.
local text = ("a"):rep(30000)
while true do
  local co = coroutine.create(string.find)
  coroutine.resume(co, text, (".-"):rep(8) .. "b")
  pcall(coroutine.close, co)
end
