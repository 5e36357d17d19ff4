-- expect: ok held
-- What `pairs(require "actor")` returns is a C function: called with anything but a table, it may
-- not take that for one.
local step = pairs(require "actor")
for _, wrong in ipairs{ 1, 0x41414141, "text", true, print, coroutine.create(print) } do
  assert(not pcall(step, wrong), "it iterated over a " .. type(wrong))
end
assert(not pcall(step), "it iterated over nothing")
assert(not pcall(step, nil, 1), "it iterated over nil")
return "held"
