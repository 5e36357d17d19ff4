-- expect: ok no finalizer ran sandbox: restricted none
-- Lua looks for the field when a metatable is set. Added later it is a field like any other.
local mt = {}
for _ = 1, 100 do setmetatable({}, mt) end
mt.__gc = function() while true do end end
local garbage
for i = 1, 100000 do garbage = { i } end
return "no finalizer ran"
