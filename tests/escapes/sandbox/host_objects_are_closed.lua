-- expect: ok held
-- References, futures, timers, tasks, monitors, promises, errors, modules: nothing of them can be
-- changed, looked into, or taken apart.
local actor = require "actor"
local me = actor.self()
local _, err = pcall(actor.whereis, 1)
local objects = {
  ref = me, future = me:request("nothing"), timer = actor.after(1000, print),
  task = actor.fork(function() end), monitor = actor.monitor(me), promise = actor.defer(),
  module = actor, error = err,
}
objects.future:cancel()
for name, object in pairs(objects) do
  assert(getmetatable(object) == false, name .. " shows its metatable")
  assert(not pcall(setmetatable, object, {}), name .. " takes a metatable")
  assert(not pcall(setmetatable, object, nil), name .. " loses its metatable")
  if type(object) == "userdata" then
    assert(not pcall(rawset, object, "x", 1) and not pcall(rawget, object, "x"), name)
    assert(not pcall(rawlen, object) and not pcall(next, object), name)
    assert(not pcall(function() object.x = 1 end), name .. " takes a field")
    assert(not pcall(function() return #object end) and not pcall(function() return -object end))
    assert(not pcall(function() return object() end), name .. " can be called")
    assert(not pcall(function() return object < object end), name)
    assert(not pcall(function() return object .. "" end), name)
    for _, field in ipairs{ "__gc", "__index", "__name", "__metatable", "__close", "__tostring" } do
      assert(object[field] == nil, name .. "." .. field)
    end
    assert(object[1] == nil and object[{}] == nil and object[0 / 0] == nil)
  end
end
objects.timer:cancel()
objects.monitor:cancel()
objects.promise:reply("held")
