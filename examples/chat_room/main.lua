-- chat_room: a room where whatever one member says, all members hear.
--
--   moonwright run examples/chat_room/main.lua
--
-- Every member is an actor, and so is the room. Members come, talk, leave; one just disappears.
local actor = require "actor"

local room = actor.spawn("room.lua")
local members, names = {}, { "ada", "bob", "cyd" }
for _, name in ipairs(names) do
  members[name] = actor.spawn{ script = "member.lua", name = name, args = { room } }
  members[name]:call("enter")
end

members.ada:call("say", "hello everybody")
members.bob:call("say", "hello ada")

local _, refused = pcall(room.call, room, "say", "may I join you?")
print("a stranger is told: " .. refused.message)

members.bob:call("leave")
members.ada:call("say", "where did bob go?")

actor.kill(members.cyd)          -- does not say goodbye; the room finds out by itself
room:call("await_departure", "cyd")
members.ada:call("say", "I seem to be alone")

-- Members heard all that at the same time. Asked one after the other, they tell it in order.
for _, name in ipairs{ "ada", "bob" } do
  print(name .. " heard:")
  for _, line in ipairs(members[name]:call("transcript")) do print("  " .. line) end
end
