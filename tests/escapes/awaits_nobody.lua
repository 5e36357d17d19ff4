-- expect: timeout
local actor = require "actor"
local silent = actor.spawn{ source = [[
  local actor, promises = require "actor", {}
  return { ask = function() promises[#promises + 1] = actor.defer() end }
]] }
while true do pcall(actor.all, { silent:request("ask"), silent:request("ask") }) end
