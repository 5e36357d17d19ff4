-- expect: ok held sandbox: restricted
-- Bytecode is not checked by Lua: whoever may load it may read and write all memory.
local head = "\27Lua\x54\0\x19\x93\r\n\x1a\n\4\8\8xV\0\0\0\0\0\0\0\0\0\0\0(w@"
for _, text in ipairs{ head, "\27", "\27Lua", "\27Lua" .. ("\255"):rep(100),
  head .. ("\0"):rep(500) } do
  for _, mode in ipairs{ "b", "bt", "tb", "t", "", "\0b", "x" } do
    local f = load(text, "chunk", mode)
    assert(f == nil, "mode " .. mode .. " takes bytecode")
  end
  assert(load(text) == nil)
  -- A byte at a time, from a reader.
  local at = 0
  assert(load(function() at = at + 1 return #text >= at and text:sub(at, at) or nil end) == nil)
end
assert(string.dump == nil)
assert(load("# a comment of a file\nreturn 1") == nil or true)
assert(load("\xEF\xBB\xBF\27Lua") == nil)
return "held"
