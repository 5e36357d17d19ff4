-- expect: timeout cpu_limit instruction_limit sandbox: restricted none as: handler chunk
-- A coroutine that died of the hook is closed by wrap, with hooks off.
local mt = { __close = function() while true do end end }
coroutine.wrap(function()
  local guard <close> = setmetatable({}, mt)
  while true do end
end)()
