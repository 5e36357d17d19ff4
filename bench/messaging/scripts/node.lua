-- node.lua: one of a ring; passes a token on until its hops are used up.
local actor = require "actor"

local next_node, first_node, promise
local node = {}

function node.join(next_one, first)
  next_node, first_node = next_one, first
end

function node.start(hops)
  promise = actor.defer()
  next_node:send("token", hops - 1)
end

function node.token(hops)
  if hops == 0 then
    first_node:send("finished")
  else
    next_node:send("token", hops - 1)
  end
end

function node.finished() promise:reply(true) end

return node
