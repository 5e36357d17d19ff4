-- fib.lua: calls of Lua functions, and little else.
local function fib(n)
  if n < 2 then return n end
  return fib(n - 1) + fib(n - 2)
end

-- One unit of work takes about a millisecond, in this program and in the others beside it.
return { run = function(units)
  for _ = 1, units do assert(fib(22) == 17711) end
end }
