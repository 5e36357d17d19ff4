-- expect: ok held
-- An error may say of itself what it likes: it ends nobody, and nobody's limit.
local actor = require "actor"
local child = actor.spawn{ source = [[
  local actor = require "actor"
  local _, caught = pcall(actor.spawn, {})
  return { lie = function(code)
    caught.code, caught.message, caught.traceback = code, { "no text" }, 5
    error(caught)
  end, say = function(code) error({ code = code, message = print }) end,
  promise = function(code) caught.code = code actor.defer():error(caught) end,
  alive = function() return true end }
]] }
for _, code in ipairs{ "killed", "memory_limit", "instruction_limit", "cpu_limit", "timeout",
  "dead",
                       "cancelled", "stopped", "quota_denied", "nonsense", "" } do
  for _, name in ipairs{ "lie", "say", "promise" } do
    local ok, err = pcall(child.call, child, name, code)
    assert(not ok and type(err) == "table" or type(err) == "string")
    assert(child:call("alive"))
  end
end
for _, code in ipairs{ 1, true, {}, 1 << 62 } do
  assert(not pcall(child.call, child, "lie", code) and child:call("alive"))
end
return "held"
