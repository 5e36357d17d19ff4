-- expect: ok held
-- The other ways for bytecode to get in: as a source, behind what is skipped at the front of files,
-- as a file, as a module.
local actor = require "actor"
for _, text in ipairs{ "\27Lua", "\xEF\xBB\xBF\27Lua", "#!/usr/bin/lua\n\27Lua", "#\n\27Lua\x54\0",
                       "\xEF\xBB\xBF#x\n\27Lua" } do
  local ok, err = pcall(actor.spawn, { source = text })
  assert(not ok and err.code == "syntax_error", "a source of bytecode")
end
for _, name in ipairs{ "bytecode", "hidden_bytecode" } do
  local ok, err = pcall(actor.spawn, name .. ".lua")
  assert(not ok and err.code == "syntax_error", name)
  ok, err = pcall(require, name)
  assert(not ok and err.code == "syntax_error", name)
end
return "held"
