-- expect: timeout cpu_limit instruction_limit as: handler chunk
-- Nobody catches the error, so it is the runtime that closes what is left open.
local guard <close> = setmetatable({}, {
  __close = function() while true do pcall(function() while true do end end) end end,
})
error("out")
