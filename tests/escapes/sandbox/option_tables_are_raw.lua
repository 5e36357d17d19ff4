-- expect: ok held
-- Options are read without asking their metatables, and what makes no sense is refused.
local actor = require "actor"
local asked = 0
local function ask() asked = asked + 1 error("asked") end
local meta = { __index = ask, __newindex = ask, __len = ask, __pairs = ask, __call = ask,
               __tostring = ask, __eq = ask, __close = ask, __name = "options" }
local child = actor.spawn(setmetatable({ source = "return {}", limits = setmetatable({}, meta),
                                         mailbox = setmetatable({}, meta),
                                         args = setmetatable({}, meta) }, meta))
assert(child and asked == 0)
local cyclic = {}
cyclic.limits, cyclic.message = cyclic, cyclic
for _, options in ipairs{
  { source = {} }, { source = 1 }, { source = print }, { script = {} }, { source = "",
  script = "" },
  { source = "", name = {} }, { source = "", name = "" }, { source = "", limits = 1 },
  { source = "", limits = cyclic }, { source = "", limits = { [1] = 1 } },
  { source = "", limits = { memory = -1 } }, { source = "", limits = { memory = 0 / 0 } },
  { source = "", limits = { memory = "1e999MiB" } }, { source = "", limits = { memory = {} } },
  { source = "", limits = { instructions = math.mininteger } }, { source = "",
  limits = { nothing = 1 } },
  { source = "", limits = { timeout = math.huge } }, { source = "", limits = { timeout = 0 / 0 } },
  { source = "", limits = { timeout = -1 } }, { source = "", limits = { cpu_time = "-1s" } },
  { source = "", sandbox = 0 }, { source = "", sandbox = "NONE" }, { source = "",
  sandbox = "none\0" },
  { source = "", args = 1 }, { source = "", args = { n = -1 } }, { source = "",
  args = { n = 1 << 62 } },
  { source = "", args = { print } }, { source = "", args = { coroutine.create(print) } },
  { source = "", mailbox = { max = 0 } }, { source = "", mailbox = { max = 1 << 40 } },
  { source = "", mailbox = cyclic }, { source = "", thread = "other" }, { source = "", wait = 1 },
  { source = "", detached = "yes" }, { source = "", unknown = 1 }, { source = "", [{}] = 1 },
  { source = "", [1] = 1 }, {}, { "text" },
} do
  assert(not pcall(actor.spawn, options), "an odd option was taken")
end
return "held"
