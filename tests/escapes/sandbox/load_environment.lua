-- expect: ok held sandbox: restricted
-- What load() makes has the environment it is given, or that of the script, and no other.
assert(load("return _ENV")() == _G)
assert(load("return io, os and os.execute, debug, package")() == nil)
local env = {}
assert(load("x = 1 return _ENV", "c", "t", env)() == env and env.x == 1 and x == nil)
assert(not pcall(load("return print", "c", "t", nil)))
assert(not pcall(load("return print", "c", "t", 5)))
assert(load("return len", "c", "t", "text")() == nil or true)
assert(load("local _ENV = { y = 2 } return y")() == 2 and y == nil)
assert(load("local function f(_ENV) return z end return f{ z = 3 }")() == 3)
-- The first upvalue is the environment, whatever the chunk calls it.
local chunk = load("local a <const> = 1 return function() return _ENV end", "c", "t", env)
assert(chunk()() == env)
assert(load("return (...)", "c", "t", env)(7) == 7)
return "held"
