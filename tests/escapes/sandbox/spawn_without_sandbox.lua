-- expect: ok held
-- Nor a lower level, at any distance.
local actor = require "actor"
local source = [[
  local actor = require "actor"
  local levels = { none = false, restricted = false, strict = false }
  for level in pairs(levels) do
    levels[level] = pcall(actor.spawn, { source = "return {}", sandbox = level })
  end
  local below = (...) > 0 and actor.spawn{ source = source or "return {}", args = { 0 } } or nil
  return { levels = function() return levels, load ~= nil, io ~= nil end }
]]
local own = load and "restricted" or "strict"
for _, level in ipairs{ "restricted", "strict" } do
  local ok, child = pcall(actor.spawn, { source = source, sandbox = level, args = { 1 } })
  assert(ok == (own == "restricted" or level == "strict"), "a child at " .. level)
  if ok then
    local granted, has_load, has_io = child:call("levels")
    assert(not granted.none and granted.strict and not has_io, level)
    assert(granted.restricted == (level == "restricted") and has_load == (level == "restricted"),
      level)
  end
end
-- The default is no way around it.
local _, has_load, has_io = actor.spawn{ source = source, args = { 0 } }:call("levels")
assert(has_load == (load ~= nil) and not has_io, "the default level is lower than the spawner's")
return "held"
