-- expect: timeout cpu_limit instruction_limit
local function loop() while true do end end
function onResourceWarning()
  local guard <close> = setmetatable({}, { __close = loop })
  while true do xpcall(loop, loop) end
end
while true do pcall(loop) end
