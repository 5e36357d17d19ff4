-- expect: timeout cpu_limit instruction_limit
local mt = { __close = function() while true do end end }
local co = coroutine.create(function()
  local guard <close> = setmetatable({}, mt)
  while true do end
end)
coroutine.resume(co)
coroutine.close(co)
