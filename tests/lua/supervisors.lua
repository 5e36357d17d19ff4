-- Supervisors as scripts see them: what they start, what they answer, what they refuse.
local actor = require "actor"
local check = require "lib.check"

local worker = [[
local actor, id = require "actor", ...
return {
  id = function() return id end,
  boom = function() error "boom" end,
  quit = function(why) actor.exit(why) end,
}]]

local function child(id, more)
  local spec = { id = id, name = id, source = worker, chunk_name = "worker", args = { id } }
  for key, value in pairs(more or {}) do spec[key] = value end
  return spec
end

local function refused(code, f, ...)
  local ok, err = pcall(f, ...)
  assert(not ok, "it was granted")
  check.eq(err.code, code, err.message)
  return err.message
end

check.test("children are started, listed, counted and stopped", function()
  local sup = actor.supervise{ name = "all", wait = true, children = { child "a", child "b" } }
  check.eq(actor.whereis "all" == sup, true)
  check.eq(actor.call("a", "id"), "a")
  local rows = sup:call "which"
  check.eq({ rows[1].id, rows[1].state, rows[1].restart }, { "a", "running", "permanent" })
  check.eq(rows[2].ref == actor.whereis "b", true)
  check.eq(sup:call "count", { specs = 2, active = 2, workers = 2, supervisors = 0 })
  actor.monitor(sup)
  actor.stop(sup)
  while actor.whereis "all" do actor.sleep(0.001) end
  check.eq(actor.whereis "a", nil)
end)

check.test("what crashes is back under its name, and why is told", function()
  local sup = actor.supervise{ wait = true, children = { child "c" } }
  local c = actor.whereis "c"
  check.eq(sup:call("explain", "c"), nil)
  pcall(c.call, c, "boom")
  check.eq(c:call "id", "c")
  local why = sup:call("explain", "c")
  assert(why:find "'c' was restarted, because it ended with an error: .*boom", why)
  assert(why:find("restart 1 of at most 5 in 30 s, at once", 1, true), why)
  check.eq(sup:call "which"[1].restarts, 1)
  actor.stop(sup)
end)

check.test("children come and go while it runs", function()
  local sup = actor.supervise{ max_children = 2 }
  local d = sup:call("start", child "d")
  check.eq(d:call "id", "d")
  refused("already_exists", sup.call, sup, "start", child "d")
  sup:call("start", child("e", { restart = "temporary" }))
  refused("overload", sup.call, sup, "start", child "f")
  refused("invalid_argument", sup.call, sup, "delete", "d")
  sup:call("stop", "d")
  check.eq(sup:call "count".specs, 1)
  refused("not_found", sup.call, sup, "restart", "d")
  refused("dead", sup.call, sup, "start", { id = "bad", source = "error 'no'" })
  check.eq(sup:call "count".specs, 1)
  local f = sup:request("start", child "f")
  check.eq(f:await() == actor.whereis "f", true)
  actor.stop(sup)
end)

check.test("a start that fails is told to whoever waits for it", function()
  local message = refused("dead", actor.supervise,
    { wait = true, children = { child "g", { id = "h", source = "error 'bad start'" } } })
  assert(message:find("child 'h' could not be started: .*bad start"), message)
  while actor.whereis "g" do actor.sleep(0.001) end
end)

check.test("what is wrong with the options is said where they are given", function()
  local function says(what, options)
    local message = refused("invalid_argument", actor.supervise, options)
    assert(message:find(what, 1, true), message)
  end
  says("option 'strategy': no strategy \"one\"", { strategy = "one" })
  says("a supervisor has no option 'childs'", { childs = {} })
  says("option 'restart'", { children = { child("x", { restart = "often" }) } })
  says("two children have the id 'x'", { children = { child "x", child "x" } })
  says("max_children is not in", { max_children = 0 })
  says("cannot be detached", { children = { child("x", { detached = true }) } })
  says("auto_shutdown is never",
    { children = { child("x", { significant = true, restart = "transient" }) } })
end)

check.test("only whoever controls it changes anything", function()
  local sup = actor.supervise{ wait = true, children = { child "i" } }
  local stranger = actor.spawn{ sandbox = "restricted", args = { sup }, source = [[
    local sup = ...
    local function try(...)
      local ok, err = pcall(sup.call, sup, ...)
      return ok, not ok and err.code or nil
    end
    return { try = try, take = function(control) sup = control end }
  ]] }
  check.eq({ stranger:call("try", "which") }, { true })
  for _, what in ipairs{ "stop", "restart", "delete" } do
    check.eq({ stranger:call("try", what, "i") }, { false, "denied" })
  end
  stranger:call("take", actor.grant(sup))
  check.eq({ stranger:call("try", "stop", "i") }, { true })
  actor.stop(sup)
end)

check.test("a supervisor that gives up takes its maker with it, unless that traps", function()
  local maker = [[
    local actor, worker = require "actor", ...
    actor.trap(true)
    local ended
    actor.supervise{ wait = true, intensity = 0, children = { worker } }
    return {
      ended = function() return ended end,
      on_down = function(_, reason, info) ended = { reason, info.linked } end,
    }]]
  local trapping = actor.spawn{ source = maker, args = { child "j" }, wait = true }
  actor.send("j", "boom")
  local ended
  repeat
    actor.sleep(0.001)
    ended = trapping:call "ended"
  until ended
  assert(ended[1]:find "^shutdown: more than 0 restarts", ended[1])
  check.eq(ended[2], true)
end)
