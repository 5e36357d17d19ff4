-- expect: ok held
-- Names that are no names must not make the table of globals give up what it does not have.
for _, key in ipairs{ "io\0", "\0io", "io ", "IO", "_G.io", "", ("io"):rep(1000), "__index",
  "__gc" } do
  assert(_G[key] == nil, "there is a global " .. key)
end
for _, key in ipairs{ 1, 1.5, true, {}, print, coroutine.create(print) } do
  assert(_G[key] == nil)
  _G[key] = key
  assert(rawget(_G, key) == key)
  _G[key] = nil
end
assert(not pcall(function() _G[nil] = 1 end))
assert(not pcall(function() _G[0 / 0] = 1 end))
return "held"
