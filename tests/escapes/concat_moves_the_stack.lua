-- expect: ok abR limits: memory=256MiB
-- The metamethod makes the stack grow while C holds addresses in it.
local function deep(n) if n == 0 then return 0 end return 1 + deep(n - 1) end
local t = setmetatable({}, { __concat = function() deep(2000) return "R" end })
return coroutine.wrap(function() return "a" .. "b" .. "c" .. t end)()
