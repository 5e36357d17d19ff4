-- expect: timeout cpu_limit instruction_limit sandbox: restricted none as: handler chunk
-- A message handler runs inside the hook that raised, where no further hook is called.
local function loop() while true do end end
xpcall(loop, loop)
