-- pong.lua: hits back whatever comes. The table at the end is its behaviour: what it answers to.
local hits = 0
local pong = {}

function pong.ping(round)
  hits = hits + 1
  return "pong " .. round
end

function pong.hits() return hits end

return pong
