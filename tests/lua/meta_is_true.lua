-- meta_is_true.lua: lua/meta/actor.lua says what there is, all of it and nothing else.
local actor = require "actor"
local check = require "lib.check"
local test, eq = check.test, check.eq

-- Found from this file; from the working directory if its name is not a path.
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "tests/lua/"
local file = assert(io.open(here .. "../../lua/meta/actor.lua"))
local text = file:read("a")
file:close()

-- class -> set of its functions; the module is the class "actor".
local documented = {}
for class, name in text:gmatch("\nfunction ([%a_]+)[.:]([%a_]+)%(") do
  documented[class] = documented[class] or {}
  documented[class][name] = true
end

local function names(set)
  local list = {}
  for name in pairs(set) do list[#list + 1] = tostring(name) end
  table.sort(list)
  return table.concat(list, " ")
end

-- That an object has the documented methods, and no others if it lets itself be looked into.
local function compare(class, object)
  for name in pairs(documented[class]) do
    eq(type(object[name]), "function", class .. ":" .. name)
  end
  local metatable = debug.getmetatable(object)
  local methods = type(object) == "table" and object or metatable.__index
  if type(methods) == "table" and next(methods) ~= nil then
    local found = {}
    for name, value in pairs(methods) do
      if type(value) == "function" and not name:find("^__") then found[name] = true end
    end
    eq(names(found), names(documented[class]), class)
  end
end

test("the module has the documented functions and no others", function()
  eq(names(actor), names(documented.actor))
  for name, value in pairs(actor) do eq(type(value), "function", name) end
end)

test("so have references, futures, timers, tasks, monitors and profiles", function()
  local echo = check.echo()
  compare("Ref", echo)
  compare("Future", echo:request("echo"))
  compare("Timer", actor.after(1000, print))
  compare("Task", actor.fork(function() end))
  compare("Monitor", actor.monitor(echo))
  compare("Profile", actor.profile("memory"))
end)

test("so have promises", function()
  local child = actor.spawn{ sandbox = "none", source = [[
    local actor = require "actor"
    return { methods = function(names)
      local promise = actor.defer()
      local types = {}
      for name in pairs(names) do types[name] = type(promise[name]) end
      promise:reply(types)
    end }
  ]] }
  for name, kind in pairs(child:call("methods", documented.Promise)) do
    eq(kind, "function", name)
  end
end)

test("no class is forgotten here", function()
  eq(names(documented), "Future Monitor Profile Promise Ref Task Timer actor")
end)

test("errors have the documented fields", function()
  local _, err = pcall(actor.within, 0, actor.sleep, 1000)
  local class = text:match("%-%-%-@class actor%.Error\n(.-)\n\n")
  local fields = {}
  for name in class:gmatch("@field ([%a_]+)") do fields[name] = true end
  for name in pairs(err) do assert(fields[name], "undocumented field " .. tostring(name)) end
end)
