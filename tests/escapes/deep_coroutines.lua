-- expect: timeout cpu_limit limits: memory=256MiB
local function deep(n)
  if n == 0 then
    while true do
      local co = coroutine.wrap(function() error("x") end)
      pcall(co)
    end
  end
  return 1 + deep(n - 1)
end
deep(100000)
