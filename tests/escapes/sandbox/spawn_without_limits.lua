-- expect: ok held limits: memory=32MiB instructions=9000000 cpu_time=9s timeout=9s
-- No child has more than its spawner: what is asked for is refused, what comes by itself lowered.
local actor = require "actor"
local function denied(options, what)
  options.source = "return {}"
  local ok, err = pcall(actor.spawn, options)
  assert(not ok and err.code == "denied", what .. " was granted")
end
for name, values in pairs{
  memory = { "33MiB", "unlimited" }, instructions = { 9000001, "unlimited", math.maxinteger },
  cpu_time = { "10s", "unlimited" }, timeout = { "10s", "unlimited" },
} do
  for _, value in ipairs(values) do denied({ limits = { [name] = value } }, name) end
end
denied({ cancel_grace = 100 }, "cancel_grace")
denied({ max_in_flight = 1000000 }, "max_in_flight")
denied({ limits = { message = { bytes = "1GiB" } } }, "message.bytes")
denied({ limits = { message = { depth = 128 } } }, "message.depth")
denied({ mailbox = { max = 1000000 } }, "mailbox.max")
for _, profile in ipairs{ "strict", "normal", "relaxed" } do
  local child = actor.spawn{ profile = profile, source = [[
    return { limit = function() return require("actor").info().memory.limit_bytes end }
  ]] }
  assert(child:call("limit") <= 32 << 20, profile .. " gives more memory")
end
return "held"
