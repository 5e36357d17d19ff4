-- expect: ok held
-- actor.exit() may not claim what only the runtime says.
local actor = require "actor"
for _, reason in ipairs{ "error", "killed", "timeout", "memory_limit", "instruction_limit",
  "cpu_limit",
                         "dead", "stopped", "cancelled", "", ("x"):rep(5000), 1, {}, true } do
  assert(not pcall(actor.exit, reason), "it exits as " .. tostring(reason))
end
return "held"
