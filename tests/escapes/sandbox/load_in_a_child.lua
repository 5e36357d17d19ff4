-- expect: ok held sandbox: restricted
-- A chunk loaded inside a function with an environment of its own gets the globals: these must be
-- the sandbox's (as in every library that let load() find the real ones).
local function boxed()
  local _ENV = { load = load }
  return load("return io, package, debug, dofile, loadfile, os and os.getenv")()
end
assert(select("#", boxed()) <= 6)
for i = 1, select("#", boxed()) do assert((select(i, boxed())) == nil) end
local reader = { "return ", "io", ".", "open" }
local i = 0
local f = assert(load(function() i = i + 1 return reader[i] end))
assert(not pcall(f), "there is an io.open")
return "held"
