-- expect: timeout cpu_limit
-- The body of the coroutine is a C function: the signal finds no Lua function in it.
while true do coroutine.wrap(string.rep)("x", 1000000) end
