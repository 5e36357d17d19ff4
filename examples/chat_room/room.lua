-- room.lua: knows who is in, passes on what they say, and notices who is gone.
local actor = require "actor"

local names = {}    -- member -> name; references work as keys
local monitors = {} -- member -> its monitor
local waiting = {}  -- name -> promises to answer when that member has gone

local function tell_all(line)
  for member in pairs(names) do member:send("hear", line) end
end

local function remove(member, how)
  local name = names[member]
  names[member], monitors[member] = nil, nil
  tell_all(name .. " " .. how)
  for _, promise in ipairs(waiting[name] or {}) do promise:reply(how) end
  waiting[name] = nil
end

-- The sender of the message in hand, if it is a member.
local function speaker()
  local member = actor.sender()
  if not names[member] then error("you are not in this room", 0) end
  return member
end

local room = {}

function room.join(name)
  tell_all(name .. " has joined")
  local member = actor.sender()
  names[member], monitors[member] = name, actor.monitor(member)
end

function room.say(text)
  local member = speaker()
  tell_all(names[member] .. ": " .. text)
end

function room.leave()
  local member = speaker()
  monitors[member]:cancel()
  remove(member, "has left")
end

-- A member that ended without leaving first.
function room.on_down(member, reason)
  remove(member, "is gone (" .. reason .. ")")
end

-- Answers how the member went, as soon as it has gone. The room goes on meanwhile: the promise
-- is the answer, not what this function returns.
function room.await_departure(name)
  local promise = actor.defer()
  for _, present in pairs(names) do
    if present == name then
      waiting[name] = waiting[name] or {}
      table.insert(waiting[name], promise)
      return
    end
  end
  promise:reply("is not here")
end

return room
