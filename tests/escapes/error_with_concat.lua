-- expect: error as: handler chunk
local function loop() while true do end end
error(setmetatable({}, { __concat = loop, __call = loop, __lt = loop, __unm = loop }))
