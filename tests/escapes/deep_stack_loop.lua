-- expect: timeout cpu_limit instruction_limit limits: memory=256MiB
-- Setting a hook walks all frames, too.
local function deep(n)
  if n == 0 then while true do end end
  return 1 + deep(n - 1)
end
deep(180000)
