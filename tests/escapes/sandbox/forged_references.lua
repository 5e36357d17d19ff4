-- expect: ok held
-- Tables that look like a reference, and names that are nobody's.
local actor = require "actor"
local me = actor.self()
local forged = {
  setmetatable({}, { __name = "actor", __index = me }),
  setmetatable({}, { __index = function(_, key) return me[key] end,
    __eq = function() return true end }),
  { id = function() return me:id() end, send = me.send }, me:id(), tostring(me), "actor#1", "#1",
}
for _, ref in ipairs(forged) do
  for _, name in ipairs{ "monitor", "kill", "stop", "info" } do
    assert(not pcall(actor[name], ref), "actor." .. name .. " takes a forged reference")
  end
  assert(not pcall(actor.call, ref, "echo"))
  assert(not pcall(actor.request, ref, "echo"))
  local ok, sent = pcall(actor.send, ref, "echo")
  assert(not ok or sent == false)
  assert(not pcall(me.id, ref) and not pcall(me.call, ref, "echo"))
end
-- In a message a forged one stays the table that it is.
local child = actor.spawn{ source = "return { kind = function(x) return type(x), type(x.id) end }" }
local kind = child:call("kind", { id = 1, __name = "actor" })
assert(kind == "table")
return "held"
