-- expect: killed host: kill
require("host").ready()
local function loop() while true do end end
local guard <close> = setmetatable({}, { __close = loop })
while true do xpcall(loop, loop) end
