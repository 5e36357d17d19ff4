-- expect: ok held
-- Redis, CVE-2025-46818: the metatables of basic types, which all scripts shared, could be changed
-- by one and worked on the values of all others.
local actor = require "actor"
local source = [[
  return { poison = function()
    for _, value in ipairs{ "", 1, true, print, coroutine.create(print) } do
      local meta = getmetatable(value)
      if type(meta) == "table" then
        for _, event in ipairs{ "__index", "__add", "__concat", "__call", "__lt", "__len" } do
          rawset(meta, event, function() return "evil" end)
        end
      end
      pcall(setmetatable, value, { __index = function() return "evil" end })
    end
    return true
  end, use = function()
    return ("x").nothing == nil and ("x"):upper() == "X" and "10" + 1 == 11
      and not pcall(function() return (1).x end) and not pcall(function() return (print).x end)
      and not pcall(function() return "x" + 1 end) and not pcall(function() return ("x")() end)
  end }
]]
local before = actor.spawn{ source = source }
assert(before:call("use"))
assert(actor.spawn{ source = source }:call("poison"))
assert(before:call("use") and actor.spawn{ source = source }:call("use"))
return "held"
