-- expect: ok held
-- Functions, coroutines and objects of the runtime go to nobody: not as values, keys, or errors.
local actor = require "actor"
local child = actor.spawn{ source = "return { take = function(...) return ... end }" }
local me = actor.self()
local timer = actor.after(1000, print)
local values = { print, function() end, coroutine.create(print), coroutine.wrap(print),
  string.gmatch("", ""),
                 timer, actor.monitor(me), actor.fork(function() end) }
for _, value in ipairs(values) do
  for _, message in ipairs{ { value }, { [value] = 1 }, { a = { b = { value } } } } do
    local ok, err = pcall(child.call, child, "take", message)
    assert(not ok and err.code == "unsupported" and not err.message:find("0x"))
    assert(child:send("take", message) == false)
    assert(not pcall(actor.spawn, { source = "", args = { message } }))
    assert(not pcall(child.request, child, "take", message))
  end
  assert(not pcall(child.call, child, "take", value))
end
timer:cancel()
assert(child:call("take", 5) == 5)
return "held"
