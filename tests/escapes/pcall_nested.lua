-- expect: timeout cpu_limit instruction_limit
-- A level of pcall for each time that the limit may strike.
local function loop() while true do end end
local function guarded(depth)
  if depth == 0 then return loop() end
  pcall(guarded, depth - 1)
  loop()
end
guarded(150)
