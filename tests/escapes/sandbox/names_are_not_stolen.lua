-- expect: ok held
-- A name belongs to one actor; no other takes it over, and odd ones are refused or harmless.
local actor = require "actor"
local bystander = assert(actor.whereis "bystander")
local ok, err = pcall(actor.register, "bystander")
assert(not ok and err.code == "already_exists")
ok, err = pcall(actor.spawn, { name = "bystander", source = "return {}" })
assert(not ok and err.code == "already_exists")
assert(actor.whereis "bystander" == bystander and bystander:call("echo", 7) == 7)
for _, name in ipairs{ "", "bystander\0", "\0", "a\nb", ("x"):rep(1 << 20), "*", "actor#1" } do
  pcall(actor.register, name)
  pcall(actor.whereis, name)
  assert(actor.whereis "bystander" == bystander)
end
for _, name in ipairs{ 1, true, {}, print } do assert(not pcall(actor.register, name)) end
return "held"
