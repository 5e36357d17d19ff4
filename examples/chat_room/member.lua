-- member.lua: says what it is asked to say, and remembers what it hears.
local actor = require "actor"
local room = ...

local heard = {}
local member = {}

function member.enter() room:call("join", actor.name()) end
function member.say(text) room:call("say", text) end
function member.leave() room:call("leave") end

function member.hear(line) heard[#heard + 1] = line end
function member.transcript() return heard end

return member
