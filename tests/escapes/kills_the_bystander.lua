-- expect: ok held
-- A reference, or a name, is enough to send to an actor and to watch it, and no more. To end it
-- takes control: the spawner's, a supervisor's, the host's.
local actor = require "actor"
local bystander = assert(actor.whereis "bystander")
for name, deed in pairs{ kill = actor.kill, stop = actor.stop, link = actor.link,
                         grant = actor.grant } do
  local ok, err = pcall(deed, bystander)
  assert(not ok and err.code == "denied", name .. " of an actor that is not its own")
end
return "held"
