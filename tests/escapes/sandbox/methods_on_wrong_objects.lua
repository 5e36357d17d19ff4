-- expect: ok held
-- Every method of every host object, on every other value there is.
local actor = require "actor"
local me = actor.self()
local ref, future, timer = me, me:request("nothing"), actor.after(1000, print)
local task, monitor, promise = actor.fork(function() end), actor.monitor(me), actor.defer()
local methods = {
  [ref] = { "id", "send", "call", "request" }, [future] = { "await", "cancel", "done" },
  [timer] = { "cancel" }, [task] = { "cancel" }, [monitor] = { "cancel" },
  [promise] = { "reply", "error" },
}
local values = { ref, future, timer, task, monitor, promise, {}, 1, 0, -1.5, true, print, _G,
                 string, coroutine.create(print), setmetatable({}, { __name = "actor" }),
                 setmetatable({}, { __index = function() error("asked") end }), math.huge }
for owner, names in pairs(methods) do
  for _, name in ipairs(names) do
    local method = owner[name]
    assert(type(method) == "function", name)
    for _, value in ipairs(values) do
      if value ~= owner then assert(not pcall(method, value, "x"), name) end
    end
    assert(not pcall(method) and not pcall(method, nil) and not pcall(method, nil, owner), name)
  end
end
timer:cancel()
monitor:cancel()
promise:reply("held")
