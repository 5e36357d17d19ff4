-- expect: error
local hostile = setmetatable({}, { __tostring = function() while true do end end })
coroutine.wrap(function() error(hostile) end)()
