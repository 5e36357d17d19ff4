-- expect: timeout cpu_limit instruction_limit
-- What the runtime looks up in the globals, it looks up without the script's help.
local function loop() while true do end end
setmetatable(_G, { __index = loop, __newindex = loop, __metatable = false })
local _ = undefined
