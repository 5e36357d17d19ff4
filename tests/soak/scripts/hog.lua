-- hog.lua: takes memory, keeps it for a while, and lets go of it.
local actor = require "actor"
local kept = {}

return {
  take = function(kibibytes)
    for _ = 1, kibibytes do kept[#kept + 1] = ("x"):rep(1000) .. #kept end
    return #kept
  end,
  -- In one piece, which is asked for in the middle of the script.
  gulp = function(kibibytes) kept[#kept + 1] = ("x"):rep(kibibytes * 1024) end,
  let_go = function()
    kept = {}
    collectgarbage()
  end,
  wait = function() actor.sleep(0.01) end,
  echo = function(...) return ... end,
}
