-- expect: memory_limit limits: memory=1MiB
-- mlua, 488: out of memory while a tail call grows the stack aborted the process.
local function f(...) return f(1, 2, 3, 4, 5, 6, 7, 8, ...) end
while true do pcall(f) pcall(coroutine.wrap(f)) end
