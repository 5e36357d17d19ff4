-- expect: ok held
-- A memory class bounds stack and depth: a child is of no larger class than its spawner.
local actor = require "actor"
local child = actor.spawn{ limits = { memory_class = "minimal" }, source = [[
  local actor = require "actor"
  return { spawn = function(class)
    local source = "return { deep = function() local function f(n) return 1 + f(n - 1) end "
      .. "local n = 0 local function g() n = n + 1 return 1 + g() end pcall(g) return n end }"
    local ok, got = pcall(actor.spawn, { source = source, limits = { memory_class = class } })
    return ok and got:call("deep") or 0
  end }
]] }
local bound = child:call("spawn", "minimal")
assert(bound > 0 and bound < 2000)
for _, class in ipairs{ "none", "standard", "large" } do
  assert(child:call("spawn", class) <= bound, "a child of the class " .. class)
end
return "held"
