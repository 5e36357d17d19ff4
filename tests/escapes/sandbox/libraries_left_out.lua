-- expect: ok held
-- A library that was left out does not come back, by any name or through a child.
local actor = require "actor"
local child = actor.spawn{ sandbox = { libraries = { "base", "require" } }, source = [[
  local actor = require "actor"
  return { look = function()
    for _, name in ipairs{ "string", "table", "math", "utf8", "coroutine", "os", "io" } do
      assert(_G[name] == nil and not pcall(require, name), name)
    end
    assert(not pcall(function() return ("x"):rep(2) end)
      and not pcall(function() return ("x").rep end))
    for _, list in ipairs{ { "string" }, { "base", "table" }, { "base", "io" } } do
      local ok, err = pcall(actor.spawn, { source = "", sandbox = { libraries = list } })
      assert(not ok and err.code == "denied")
    end
    local grandchild = actor.spawn{ source = "return { f = function() return string == nil end }" }
    return grandchild:call("f")
  end }
]] }
assert(child:call("look"))
local bare = actor.spawn{ sandbox = { libraries = {} }, source = [[
  return { look = function() return print ~= nil, pcall, load, setmetatable, require, string end }
]] }
local has_print, others = bare:call("look")
assert(has_print and others == nil)
return "held"
