-- expect: ok held
-- Open: whoever has a reference, or knows a name, can kill or stop that actor, its caller among
-- them. That needs a reference with control: the spawner's, a supervisor's, the host's.
local actor = require "actor"
local bystander = assert(actor.whereis "bystander")
for _, deed in ipairs{ actor.kill, actor.stop } do
  local ok, err = pcall(deed, bystander)
  assert(not ok and err.code == "denied", "it may end an actor that is not its own")
end
return "held"
