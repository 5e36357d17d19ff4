-- expect: ok held
-- The types that share one metatable have none, and no script can give them one.
for _, value in ipairs{ true, 1, 1.5, print, function() end, coroutine.create(print) } do
  assert(getmetatable(value) == nil, type(value))
  assert(not pcall(setmetatable, value, {}), type(value))
end
assert(getmetatable(nil) == nil)
assert(not pcall(setmetatable, nil, {}) and not pcall(getmetatable))
assert(not pcall(function() return (1).x end))
assert(not pcall(function() return (print).x end))
assert(not pcall(function() return #print end))
return "held"
