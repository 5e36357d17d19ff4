-- expect: ok held sandbox: restricted
-- overlunky, 438: load("return io.open")() had the real globals, not those of the sandbox.
assert(load("return io")() == nil and load("return _G")() == _G)
assert(not pcall(load("return io.open")) and not pcall(load("return os.execute('true')")))
local inner = load("return load('return load(\"return debug, io, package\")()')()")
for i = 1, 3 do assert((select(i, inner())) == nil) end
local load, assert = load, assert
local _ENV = {}
assert(load("return io")() == nil)
return "held"
