-- gate.lua: lets nobody pass until it is opened, so that tests decide when something goes on.
local actor = require "actor"

local is_open = false
local waiting = {}
local gate = {}

function gate.pass()
  if is_open then return true end
  waiting[#waiting + 1] = actor.defer()
end

function gate.waiting() return #waiting end

function gate.open()
  is_open = true
  for _, promise in ipairs(waiting) do promise:reply(true) end
  waiting = {}
end

return gate
