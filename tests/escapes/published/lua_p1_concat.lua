-- expect: ok abR as: handler chunk
-- Debian's Lua 5.4.4 (upstream 603b2c64): a `__concat` that moves the stack left luaV_concat with
-- the old one, and it read and wrote freed memory.
local function deep(n) if n == 0 then return 0 end return 1 + deep(n - 1) end
local t = setmetatable({}, { __concat = function() deep(2000) return "R" end })
local function once() return "a" .. "b" .. "c" .. t end
for _ = 1, 20 do assert(coroutine.wrap(once)() == "abR") end
return coroutine.wrap(once)()
