-- expect: ok held
-- Redis, issue 11032: the host walked the table that a script returned by calls that ask
-- metatables; an `__index` that raises ended the server. Everything that leaves a script here.
local actor = require "actor"
local function raise() error("asked") end
local meta = { __index = raise, __newindex = raise, __len = raise, __pairs = raise, __call = raise,
               __tostring = raise, __eq = raise, __lt = raise, __concat = raise, __close = raise,
               __metatable = false, __name = {} }
local source = [[
  local function raise() error("asked") end
  local meta = { __index = raise, __newindex = raise, __len = raise, __pairs = raise,
                 __tostring = raise, __eq = raise, __metatable = false, __name = {} }
  return setmetatable({ give = function(x) return setmetatable({ 1, key = 2 }, meta) end,
    fail = function() error(setmetatable({ message = "m" }, meta)) end,
    promise = function() local p = require("actor").defer() p:error(setmetatable({}, meta)) end,
  }, { __index = function(_, name) error("no " .. tostring(name)) end, __len = raise })
]]
local other = actor.spawn{ source = source }
for _ = 1, 20 do
  local given = other:call("give", setmetatable({ 5 }, meta))
  assert(given[1] == 1 and given.key == 2 and getmetatable(given) == nil)
  for _, name in ipairs{ "fail", "promise", "unknown", "__index", "*" } do
    local ok, err = pcall(other.call, other, name)
    assert(not ok and err ~= nil)
  end
end
-- A chunk whose behaviour is such a table, and one that ends by such an error.
assert(not pcall(actor.spawn, { wait = true, source = [[
  error(setmetatable({}, { __index = error, __tostring = error, __name = 1 }))
]] }))
return "held"
