-- reload.lua: new source for actors that run, as scripts see it.
local actor = require "actor"
local check = require "lib.check"
local test, eq, raises = check.test, check.eq, check.raises

local path = os.tmpname()
local function write(source)
  local file = assert(io.open(path, "w"))
  file:write(source)
  file:close()
end

test("an actor goes on with what its file has become", function()
  write[[return { which = function() return 1 end }]]
  local ref = actor.spawn{ script = path, wait = true }
  local other = actor.spawn{ script = path, wait = true }
  eq(ref:call("which"), 1)
  write[[return { which = function() return 2 end }]]
  eq(actor.reload(ref), 2)
  check.eventually(function() return ref:call("which") == 2 end)
  eq(other:call("which"), 1)
  eq(actor.info(ref).generation, 2)
  eq(actor.info(other).generation, 1)
  write[[return { which = function() return 3 end }]]
  eq(actor.reload(path), 3)
  check.eventually(function() return ref:call("which") == 3 and other:call("which") == 3 end)
end)

test("what does not compile, or cannot begin, changes nothing", function()
  write[[return { which = function() return "fine" end }]]
  local ref = actor.spawn{ script = path, wait = true }
  local before = actor.info(ref).generation
  write[[return {]]
  raises("syntax_error", actor.reload, path)
  eq(ref:call("which"), "fine")
  write[[error "cannot begin"]]
  actor.reload(ref)
  check.eventually(function() return actor.info(ref).incarnation == 3 end)
  eq(ref:call("which"), "fine")
  eq(actor.info(ref).generation, before)
end)

test("texts, strangers and files that nobody runs are refused", function()
  raises("invalid_argument", actor.reload, actor.spawn{ source = "return {}" })
  raises("not_found", actor.reload, "/nowhere/at/all.lua")
  local ref = actor.spawn{ source = [[
    return { try = function(what) require("actor").reload(what) end }
  ]] }
  raises("denied", ref.call, ref, "try", path)
  raises("denied", ref.call, ref, "try", actor.self())
end)

os.remove(path)
