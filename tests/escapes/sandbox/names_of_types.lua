-- expect: ok held
-- `__name` is the script's own to set, and goes into messages of errors.
local actor = require "actor"
for _, name in ipairs{ "actor", "future", "%s%s%n", "\0", ("x"):rep(1 << 20), "", "a\nb" } do
  local object = setmetatable({}, { __name = name })
  pcall(string.rep, object)
  pcall(actor.monitor, object)
  pcall(actor.send, object, "x")
  pcall(tostring, object)
  pcall(string.format, "%s %q", object, object)
  pcall(table.concat, { object })
  pcall(math.floor, object)
  assert(not pcall(error, object))
end
for _, name in ipairs{ 1, true, {}, print } do
  local object = setmetatable({}, { __name = name })
  assert(type(tostring(object)) == "string")
  assert(not pcall(string.rep, object))
end
return "held"
