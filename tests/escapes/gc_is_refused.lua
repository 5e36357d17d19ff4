-- expect: error __gc sandbox: restricted none as: handler chunk
-- A finalizer runs with hooks off: there must be none.
setmetatable({}, { __gc = function() while true do end end })
