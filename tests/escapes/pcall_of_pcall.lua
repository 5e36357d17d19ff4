-- expect: timeout cpu_limit
-- C calls C calls C.
while true do
  pcall(pcall, pcall, pcall, pcall, pcall, pcall, error)
  pcall(xpcall, pcall, pcall, error, error)
  pcall(coroutine.wrap(pcall), error)
end
