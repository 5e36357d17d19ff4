-- Who may end whom: families, control that is handed on, and links.
local actor = require "actor"
local check = require "lib.check"

local idle = [[
local actor = require "actor"
return {
  ["do"] = function(what, ref, ...)
    if what == "spawn" then return actor.spawn(ref) end
    local ok, err = pcall(actor[what], ref, ...)
    return ok, not ok and err.code or nil
  end,
  take = function(ref) given = ref end,
  ["do given"] = function(what)
    local ok, err = pcall(actor[what], given)
    return ok, not ok and err.code or nil
  end,
  trap = function(on) actor.trap(on) end,
  quit = function(why) actor.exit(why) end,
  ended = function() return ended end,
  on_down = function(ref, reason, info) ended = { reason, info.linked, info.restarting } end,
}]]

local function spawn() return actor.spawn{ source = idle, chunk_name = "idle" } end

local function alive(ref)
  local ok, err = pcall(ref.call, ref, "ended")
  assert(ok or err.code == "dead" or err.code == "killed" or err.code == "stopped", err)
  return ok
end

local function wait_for_the_end_of(ref)
  while alive(ref) do actor.sleep(0.001) end
end

check.test("a reference alone ends nobody", function()
  local a, b = spawn(), spawn()
  for _, deed in ipairs{ "kill", "stop", "link", "grant" } do
    local ok, code = a:call("do", deed, b)
    assert(not ok and code == "denied", deed)
  end
  assert(alive(b))
end)

check.test("control can be handed on", function()
  local a, b = spawn(), spawn()
  a:call("take", b)
  assert(select(2, a:call("do given", "kill")) == "denied")
  a:call("take", actor.grant(b))
  assert(a:call("do given", "kill"))
  wait_for_the_end_of(b)
end)

check.test("an actor controls itself, and can hand that on", function()
  local a = spawn()
  assert(a:call("do", "grant", a))
end)

check.test("links end both, with the same reason", function()
  local a, b = spawn(), spawn()
  a:call("take", actor.grant(b))
  assert(a:call("do given", "link"))
  b:send("quit", "tired")
  wait_for_the_end_of(a)
  wait_for_the_end_of(b)
end)

check.test("a normal end ends nobody else", function()
  local a, b = spawn(), spawn()
  a:call("take", actor.grant(b))
  assert(a:call("do given", "link"))
  b:send("quit", "normal")
  wait_for_the_end_of(b)
  assert(alive(a))
end)

check.test("whoever traps is told", function()
  local a, b = spawn(), spawn()
  a:call("trap", true)
  a:call("take", actor.grant(b))
  assert(a:call("do given", "link"))
  actor.kill(b)
  wait_for_the_end_of(b)
  local ended = a:call("ended")
  while not ended do
    actor.sleep(0.001)
    ended = a:call("ended")
  end
  assert(ended[1] == "killed" and ended[2] == true and ended[3] == false)
end)

check.test("unlinked actors go their own ways", function()
  local a, b = spawn(), spawn()
  a:call("take", actor.grant(b))
  assert(a:call("do given", "link"))
  assert(a:call("do given", "unlink"))
  b:send("quit", "tired")
  wait_for_the_end_of(b)
  assert(alive(a))
end)
