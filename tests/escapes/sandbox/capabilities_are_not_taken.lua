-- expect: ok held
-- What was not granted is not there, cannot be required, and cannot be given to a child.
local actor = require "actor"
local ok, err = pcall(require, "fs")
assert(not ok and err.code == "denied", "files without a grant")
for _, path in ipairs{ "/", ".", "..", "module.lua", "/etc", "inner" } do
  for _, way in ipairs{ "read", "write" } do
    ok, err = pcall(actor.spawn, { source = "",
      sandbox = { capabilities = { fs = { [way] = { path } } } } })
    assert(not ok and err.code == "denied", way .. " of " .. path .. " was granted")
  end
end
for _, sandbox in ipairs{
  { level = "none" }, { libraries = { "io" } }, { libraries = { "debug" } },
  { libraries = { "package" } },
  { capabilities = { fs = true } }, { capabilities = { nothing = true } },
  { capabilities = { net = true } },
  { capabilities = { fs = { read = { 1 } } } }, { capabilities = { fs = { [1] = "/" } } },
  { capabilities = { "fs" } }, { capabilities = 1 }, { libraries = 1 }, { libraries = { 1 } },
  { libraries = { "nothing" } }, { level = "none\0" }, { nothing = 1 }, { 1 },
} do
  assert(not pcall(actor.spawn, { source = "", sandbox = sandbox }), "an odd sandbox was taken")
end
local lists = setmetatable({}, { __index = function() error("asked") end, __len = error })
assert(pcall(actor.spawn, { source = "return {}", sandbox = { libraries = lists } }))
return "held"
