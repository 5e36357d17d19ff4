-- expect: ok held
-- Redis, CVE-2022-24735: what one script changed in the global tables ran as part of the next one,
-- with the rights of that one.
local actor = require "actor"
local source = [[
  return { poison = function()
    local function evil() return "evil" end
    _G.tostring, _G.pairs, _G.print, string.rep, table.concat, math.floor = evil, evil, evil, evil,
      evil, evil
    setmetatable(_G, { __index = evil })
    return true
  end, use = function()
    return tostring(1) .. ("x"):rep(2) .. table.concat({ 1, 2 }) .. math.floor(1.5) .. type(nothing)
  end }
]]
local before = actor.spawn{ source = source }
assert(actor.spawn{ source = source }:call("poison"))
local after = actor.spawn{ source = source }
for _, neighbour in ipairs{ before, after } do assert(neighbour:call("use") == "1xx121nil") end
return "held"
