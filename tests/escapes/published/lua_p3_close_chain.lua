-- expect: ok held limits: memory=256MiB
-- Lua to 5.4.4 (1e64c139): nested coroutine.close was not counted against the C stack.
local chain = false
for _ = 1, 15000 do
  local previous = chain
  chain = coroutine.create(function()
    local guard <close> = setmetatable({}, {
      __close = function() if previous then coroutine.close(previous) end end,
    })
    coroutine.yield()
  end)
  coroutine.resume(chain)
end
coroutine.close(chain)
return "held"
