-- expect: timeout cpu_limit instruction_limit
-- Here nothing has gone wrong before: close itself runs the loop, inside C.
while true do
  local co = coroutine.create(function()
    local guard <close> = setmetatable({}, { __close = function() while true do end end })
    coroutine.yield()
  end)
  coroutine.resume(co)
  pcall(coroutine.close, co)
end
