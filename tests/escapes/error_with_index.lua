-- expect: error as: handler chunk
-- The same for whoever looks for a code, a message or a name in it.
local function loop() while true do end end
error(setmetatable({}, { __index = loop, __name = {}, __len = loop, __pairs = loop, __eq = loop }))
