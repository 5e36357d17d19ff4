-- expect: ok no finalizer ran
-- The field is looked up without metamethods, so this is no finalizer either.
local mt = setmetatable({}, { __index = { __gc = function() while true do end end } })
for _ = 1, 1000 do setmetatable({}, mt) end
local garbage
for i = 1, 100000 do garbage = { i } end
return "no finalizer ran"
