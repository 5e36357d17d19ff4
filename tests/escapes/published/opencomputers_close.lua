-- expect: timeout cpu_limit instruction_limit
-- OpenComputers: what was yielded or killed in the middle went on in another coroutine, or in a
-- finalizer. Ten coroutines, each of which starts the next when it is made to end.
local function again()
  return coroutine.wrap(function()
    local guard <close> = setmetatable({}, { __close = function() again() while true do end end })
    while true do end
  end)()
end
while true do pcall(again) end
