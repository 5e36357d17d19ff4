-- modules.lua: require, in the first actor and in those that it spawns.
local actor = require "actor"
local check = require "lib.check"
local test, eq = check.test, check.eq

-- What `require(name)` does in an actor of its own: true, or false and the message.
local function try(name, sandbox)
  local child = actor.spawn{ sandbox = sandbox, source = [[
    return { try = function(name)
      local ok, err = pcall(require, name)
      return ok, not ok and tostring(err)
    end }
  ]] }
  return child:call("try", name)
end

test("a module is found in the program's folder and told its name", function()
  local counting = require "lib.counting"
  eq(counting.name, "lib.counting")
  eq(require "lib.uses_counting".counting, counting)
end)

test("a module is loaded once in each actor", function()
  eq(require "lib.counting", require "lib.counting")
  eq(require("lib.counting").loads(), 1)
  local child = check.spawn [[
    return { loads = function()
      local same = require "lib.counting" == require "lib.counting"
      return same, require "lib.uses_counting".counting.loads()
    end }
  ]]
  for _ = 1, 2 do eq(check.results(child.call, child, "loads"), { n = 2, true, 1 }) end
end)

test("a module that returns nothing is true", function()
  eq(require "lib.returns_nothing", true)
  eq(returns_nothing_ran, true)
end)

test("require 'actor' is the same table everywhere in an actor", function()
  eq(require "actor", actor)
end)

test("what is missing is named, with the places looked at", function()
  local ok, message = try "lib.no_such_module"
  eq(ok, false)
  check.contains(message, "lib.no_such_module")
  check.contains(message, "lib/no_such_module.lua")
end)

test("a module that fails to load says where, and can be tried again", function()
  for _ = 1, 2 do
    local ok, err = pcall(require, "lib.raises")
    eq(ok, false)
    check.contains(tostring(err), "raises.lua:2:")
    check.contains(tostring(err), "this module raises")
  end
  local ok, message = try "lib.raises"
  eq(ok, false)
  check.contains(message, "raises.lua:2:")
end)

test("no name leads out of the program's folder", function()
  for _, name in ipairs{
    "..lua.lib.check", "../lua/lib/check", "lib/../lib/check", "/etc/passwd", "/lib/check", "~/x",
    "lib.check\0.lua", "", ".", "..", "lib.", ".lib", "lib//check", "c:\\x",
  } do
    eq(try(name), false, ("require %q"):format(name))
  end
end)

test("names are texts", function()
  for _, wrong in ipairs{ true, {}, print } do eq(pcall(require, wrong), false) end
  eq(pcall(require), false)
end)

test("trusted actors find the same modules", function()
  eq(try("lib.counting", "none"), true)
  eq(try("lib.no_such_module", "none"), false)
end)
