-- expect: ok survived limits: memory=256MiB
-- Each coroutine is closed by the one before it: deep recursion in C.
local previous = false
for _ = 1, 50000 do
  local before = previous
  previous = coroutine.create(function()
    local guard <close> = setmetatable({}, {
      __close = function() if before then coroutine.close(before) end end,
    })
    coroutine.yield()
  end)
  coroutine.resume(previous)
end
pcall(coroutine.close, previous)
return "survived"
