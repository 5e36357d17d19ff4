-- expect: timeout cpu_limit limits: memory=256MiB
-- Each error that is caught walks all frames: 100 microseconds for a handful of instructions.
local function deep(n)
  if n == 0 then while true do pcall(error) end end
  return 1 + deep(n - 1)
end
deep(150000)
