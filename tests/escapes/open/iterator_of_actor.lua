-- expect: ok held
-- Open: what `pairs(require "actor")` returns is a C function that takes whatever it is given for a
-- table. Called with anything else it reads that value as one: the process ends by a segmentation
-- fault, and a number of its choice is an address that it reads.
local step = pairs(require "actor")
for _, wrong in ipairs{ 1, 0x41414141, "text", true, print, coroutine.create(print) } do
  assert(not pcall(step, wrong), "it iterated over a " .. type(wrong))
end
assert(not pcall(step), "it iterated over nothing")
assert(not pcall(step, nil, 1), "it iterated over nil")
return "held"
