-- sandbox_basics.lua: what a spawned actor can reach, and what it cannot.
local actor = require "actor"
local check = require "lib.check"
local test, eq = check.test, check.eq

-- Runs code in an actor of its own and returns what it returns.
local function run(code, options)
  local spawn = { source = "local arguments = ... return { run = function() " .. code .. " end }" }
  for key, value in pairs(options or {}) do spawn[key] = value end
  return actor.spawn(spawn):call("run")
end

test("the first actor is trusted", function()
  for _, name in ipairs{ "io", "os", "package", "debug" } do eq(type(_G[name]), "table", name) end
end)

test("a spawned actor has the libraries that reach nothing outside", function()
  for _, name in ipairs{ "coroutine", "math", "string", "table", "utf8" } do
    eq(run("return type(" .. name .. ")"), "table", name)
  end
  eq(run "return ('x'):rep(3) .. #string.format('%5.1f', math.pi)", "xxx5")
end)

test("a spawned actor has no files, no processes, no debugger, no C modules", function()
  for _, name in ipairs{ "io", "package", "debug", "dofile", "loadfile" } do
    eq(run("return type(" .. name .. ")"), "nil", name)
    eq(run("return type(_G." .. name .. ")"), "nil", name)
  end
  for _, name in ipairs{ "execute", "exit", "getenv", "remove", "rename", "tmpname" } do
    eq(run("return type(os and os." .. name .. ")"), "nil", name)
  end
  for _, name in ipairs{ "io", "package", "debug" } do
    eq(run("return (pcall(require, '" .. name .. "'))"), false, name)
  end
end)

test("bytecode is refused, text is welcome", function()
  local bytecode = string.dump(function() return "from bytecode" end)
  for _, mode in ipairs{ "'b'", "'bt'", "nil" } do
    eq(run("return (load(arguments, 'x', " .. mode .. "))", { args = { bytecode } }), nil)
  end
  eq(run("local f = load(arguments) return f and f()", { args = { bytecode } }), nil)
  eq(run("return load('return 6 * 7')()"), 42)
  check.raises("syntax_error", actor.spawn, { source = bytecode })
end)

test("no finalizers: setmetatable refuses __gc", function()
  eq(run "return (pcall(setmetatable, {}, { __gc = function() end }))", false)
  eq(run "return (pcall(setmetatable, {}, { __gc = false }))", false)
  eq(run "return getmetatable(setmetatable({}, { __index = {} })) ~= nil", true)
end)

test("only who has them can grant files and processes", function()
  eq(run("return type(io) .. type(os) .. type(debug)", { sandbox = "none" }), "tabletabletable")
  local code = [[
    local ok, err = pcall(require("actor").spawn, { source = "return {}", sandbox = "none" })
    return not ok and err.code
  ]]
  eq(run(code), "denied")
  eq(run(code, { sandbox = "restricted" }), "denied")
  eq(run(code, { sandbox = "none" }), false)
end)

test("children of a trusted actor are not trusted by default", function()
  eq(run([[
    local child = require("actor").spawn{
      source = "return { has_io = function() return io ~= nil end }",
    }
    return child:call("has_io")
  ]], { sandbox = "none" }), false)
end)

test("the debug library leaves the metatables of what is the host's alone", function()
  eq(run([[
    local actor = require "actor"
    local ok, err = pcall(debug.setmetatable, actor.self(), nil)
    local own = setmetatable({}, { __metatable = "closed" })
    debug.getmetatable(actor.self()).__gc = nil
    return not ok and err.code == "denied" and debug.getmetatable(actor.self()).__gc ~= nil
      and debug.getmetatable(debug.setmetatable(own, nil)) == nil
      and type(debug.getmetatable("")) == "table"
  ]], { sandbox = "none" }), true)
end)

test("the metatable of strings does not lead out", function()
  eq(run [[
    local metatable = getmetatable("")
    return type(metatable) ~= "table" or metatable.__index == string
  ]], true)
  run [[ pcall(function() getmetatable("").__index = nil end) ]]
  eq(("x"):rep(2), "xx")
end)

test("unknown levels are refused", function()
  check.raises("invalid_argument", actor.spawn, { source = "", sandbox = "loose" })
  check.raises("invalid_argument", actor.spawn, { source = "", sandbox = true })
end)
