-- spawn_limits.lua: limits, profiles and levels that a spawn gives, and what it cannot give.
local actor = require "actor"
local check = require "lib.check"
local test, eq, raises = check.test, check.eq, check.raises

-- An actor that spawns for us: `try(options)` returns true, or false, code and message. With
-- `deeper` set, it lets an actor that it has spawned by default do the spawning.
local SPAWNER = [[
  local actor = require "actor"
  local handlers = {}
  function handlers.try(options)
    options.source = options.source or "return {}"
    local ok, err = pcall(actor.spawn, options)
    if ok then return true end
    return false, err.code, err.message
  end
  function handlers.deeper(source, options)
    return actor.spawn{ source = source }:call("try", options)
  end
  return handlers
]]

local function spawner(options)
  options.source = SPAWNER
  return actor.spawn(options)
end

local LIMITS = { memory = "4MiB", instructions = 1000000, cpu_time = 2, timeout = "20s" }
local MORE = {
  memory = { "4194305B", "unlimited" }, instructions = { 1000001, "unlimited" },
  cpu_time = { 2.001, "3s", "unlimited" }, timeout = { 20.5, "1m", "unlimited" },
}

test("an actor gives what it has, and not more", function()
  local parent = spawner{ limits = LIMITS }
  eq(parent:call("try", { limits = LIMITS }), true)
  for name, values in pairs(MORE) do
    for _, value in ipairs(values) do
      local ok, code, message = parent:call("try", { limits = { [name] = value } })
      eq({ ok, code }, { false, "denied" }, name)
      check.contains(message, "limits." .. name .. " is more than the spawner has itself")
    end
  end
end)

test("what an actor does not have, its children do not have by default", function()
  local parent = spawner{ limits = LIMITS }
  for name, values in pairs(MORE) do
    local ok, code, message = parent:call("deeper", SPAWNER, { limits = { [name] = values[1] } })
    eq({ ok, code }, { false, "denied" }, name)
    check.contains(message, "limits." .. name)
  end
end)

test("a profile sets many limits at once, and each can be set apart", function()
  local parent = spawner{ profile = "strict", limits = { instructions = 5 << 20 } }
  eq(parent:call("try", { limits = { memory = "10MiB", timeout = 5 } }), true)
  eq(parent:call("try", { limits = { memory = "11MiB" } }), false)
  eq(parent:call("try", { limits = { timeout = 5.1 } }), false)
  eq(parent:call("try", { limits = { instructions = 5 << 20 } }), true)
  eq(parent:call("try", { limits = { instructions = 5 << 20 | 1 } }), false)
end)

test("a profile that has more than the spawner is lowered to what that has", function()
  local parent = spawner{ profile = "strict" }
  eq(parent:call("try", { profile = "relaxed" }), true)
  eq(parent:call("try", { profile = "relaxed", limits = { memory = "11MiB" } }), false)
end)

test("a profile that does not exist is named, with those that do", function()
  local message = raises("invalid_argument", actor.spawn, { source = "", profile = "lax" }).message
  check.contains(message, "'lax'")
  check.contains(message, "strict, normal, relaxed")
end)

test("a number out of its range is named", function()
  for name, wrong in pairs{
    instructions = 0, cpu_time = 0, timeout = 0, check_interval = 0, warning_threshold = 1.5,
    collect_threshold = 0, collect_interval = 3601, collector = { pause = 1001 },
  } do
    local options = { source = "", limits = { [name] = wrong } }
    check.contains(raises("invalid_argument", actor.spawn, options).message, "limits." .. name)
  end
  check.contains(raises("invalid_argument", actor.spawn,
    { source = "", cancel_grace = 7200 }).message, "cancel_grace")
end)

test("an actor gives its own level or a lower one", function()
  local levels = { "none", "restricted", "strict" }
  for own, level in ipairs(levels) do
    local parent = spawner{ sandbox = level }
    for asked, wanted in ipairs(levels) do
      local ok, code = parent:call("try", { sandbox = wanted })
      eq(ok, asked >= own, level .. " gives " .. wanted)
      if not ok then eq(code, "denied") end
    end
  end
end)

test("a strict actor loads nothing, and its children are strict", function()
  local parent = actor.spawn{ sandbox = "strict", source = [[
    local actor = require "actor"
    local names = function() return load, io, os, debug, package, type(string.rep) end
    return {
      names = names,
      child = function()
        local child = actor.spawn{ source = "return { has = function() return load ~= nil end }" }
        return child:call "has"
      end,
    }
  ]] }
  eq(check.results(parent.call, parent, "names"), { n = 6, [6] = "function" })
  eq(parent:call("child"), false)
end)
