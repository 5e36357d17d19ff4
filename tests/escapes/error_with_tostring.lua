-- expect: error as: handler chunk
-- Whoever asks this error for its text outside of all limits never comes back.
error(setmetatable({}, { __tostring = function() while true do end end }))
