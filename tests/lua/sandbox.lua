-- sandbox.lua: the option `sandbox` of a spawn: levels, libraries and capabilities.
local actor = require "actor"
local check = require "lib.check"
local test, eq, raises = check.test, check.eq, check.raises

-- Runs code in an actor of its own, with this sandbox, and returns what it returns.
local function run(sandbox, code)
  local runner = actor.spawn{
    source = "return { run = function() " .. code .. " end }", sandbox = sandbox,
  }
  return runner:call("run")
end

test("a level alone and in a table are the same", function()
  for _, level in ipairs{ "none", "restricted", "strict" } do
    local names = "return (load and 'l' or '') .. (io and 'i' or '') .. (os and 'o' or '') .. 'x'"
    eq(run({ level = level }, names), run(level, names), level)
  end
  eq(run("none", "return type(io)"), "table")
  eq(run("strict", "return type(load) .. type(os) .. type(collectgarbage)"), "nilnilnil")
end)

test("libraries are those on the list", function()
  eq(run({ libraries = { "base", "math" } }, "return type(math) .. type(string) .. type(require)"),
     "tablenilnil")
  eq(run({ libraries = {} }, "return _G == nil and print ~= nil and pcall == nil"), true)
  eq(run({ libraries = { "print", "base" } }, "return type(print)"), "function")
  eq(run({ level = "none", libraries = { "io" } }, "return io ~= nil and os == nil"), true)
end)

test("a list of libraries holds against every road", function()
  for _, road in ipairs{ "_G.string", "rawget(_G, 'string')", "({ pcall(require, 'string') })[3]",
                         "select(2, next({ string }))", "(load 'return string')()" } do
    eq(run({ libraries = { "base", "require" } }, "return " .. road .. " == nil"), true, road)
  end
  eq(run({ libraries = { "base" } }, "return (pcall(function() return ('x'):rep(2) end))"), false)
  eq(run({ libraries = { "base" } }, "return getmetatable('') == nil"), true)
end)

test("capabilities that do not exist, or are none of yours, are refused", function()
  local function spawn(capabilities)
    return { source = "", sandbox = { capabilities = capabilities } }
  end
  raises("not_found", actor.spawn, spawn{ net = true })
  raises("not_found", actor.spawn, spawn{ fs = { read = { "there is no such folder" } } })
  actor.spawn(spawn{ net = false, fs = false })
  actor.spawn(spawn{ fs = {} })
  local child = actor.spawn{
    source = [[
      local actor = require "actor"
      return { try = function(options) return select(2, pcall(actor.spawn, options)).code end }
    ]],
  }
  eq(child:call("try", spawn{ fs = { read = { "." } } }), "denied")
  eq(child:call("try", { source = "", sandbox = { level = "none" } }), "denied")
  eq(child:call("try", { source = "", sandbox = { libraries = { "io" } } }), "denied")
end)

test("files are read where they were granted", function()
  local sandbox = { capabilities = { fs = { read = { "lib" } } } }
  eq(run(sandbox, "return #require('fs').read('lib/check.lua') > 100"), true)
  eq(run(sandbox, "return (pcall(require('fs').read, 'sandbox.lua'))"), false)
  eq(run({}, "return select(2, pcall(require, 'fs')).code"), "denied")
  eq(type(require("fs").stat("sandbox.lua").size), "number", "the first actor is trusted")
end)

test("mistakes are named", function()
  local function message(sandbox)
    local ok, err = pcall(actor.spawn, { source = "", sandbox = sandbox })
    return not ok and err.code .. ": " .. err.message
  end
  eq(message(7), "invalid_argument: option 'sandbox' is a number, expected a level or a table")
  eq(message{ levels = 1 }, "invalid_argument: a sandbox has no option 'levels'")
  eq(message{ libraries = "base" },
     "invalid_argument: option 'libraries' is a string, expected a list of texts")
  eq(message{ libraries = { true } },
     "invalid_argument: option 'libraries' is a boolean, expected a string")
  eq(message{ capabilities = { "db" } }:match("has names as keys") ~= nil, true)
  eq(message{ capabilities = { fs = true } }:match("says which paths") ~= nil, true)
  eq(message{ capabilities = { fs = { wrte = {} } } }, "invalid_argument: fs has no option 'wrte'")
  eq(message{ capabilities = { db = "yes" } },
     "invalid_argument: option 'db' is a string, expected true or false")
end)

test("clocks and figures are coarse at level strict", function()
  -- A hundredth is no binary fraction: a clock that is exact may be on either side of it.
  eq(run("strict", [[
    local steps = require("actor").now() * 100
    return math.abs(steps - math.floor(steps + 0.5)) < 1e-6
  ]]), true)
  eq(run("strict", "return require('actor').info().memory.used_bytes % 16384"), 0)
  eq(run("restricted", "return collectgarbage('count') % 16"), 0.0)
end)

test("the collector is not for scripts to tune", function()
  eq(run("restricted", [[
    collectgarbage("stop")
    local before = collectgarbage("isrunning")
    collectgarbage("generational") collectgarbage("incremental", 1000, 1000, 30)
    return before and collectgarbage() == 0 and collectgarbage("step") ~= nil
  ]]), true)
end)
