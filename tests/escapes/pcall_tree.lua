-- expect: timeout cpu_limit limits: memory=256MiB
-- In a coroutine nothing caps how deep calls through C go but the stack itself.
coroutine.wrap(function()
  local function f()
    pcall(f)
    pcall(f)
  end
  f()
end)()
while true do end
