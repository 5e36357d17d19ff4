-- expect: timeout cpu_limit instruction_limit
-- One after the other, however often they are stopped.
local function loop() while true do end end
local function guarded(depth)
  local guard <close> = setmetatable({}, { __close = loop })
  if depth == 0 then loop() end
  guarded(depth - 1)
end
guarded(150)
