-- expect: ok held
-- Redis, CVE-2025-46819: the lexer read beyond the end of a source at long brackets.
local actor = require "actor"
local texts = {}
for _, level in ipairs{ 0, 1, 2, 100, 65535, 100000 } do
  local equals = ("="):rep(level)
  for _, text in ipairs{ "[" .. equals, "[" .. equals .. "[", "--[" .. equals,
    "--[" .. equals .. "[",
                         "[" .. equals .. "[]" .. equals, "[" .. equals .. "[\r\n\r",
                         "]" .. equals } do
    texts[#texts + 1] = "return " .. text
  end
  texts[#texts + 1] = "return [" .. equals .. "[\n]" .. equals .. "x"
end
for _, text in ipairs(texts) do
  local ok, err = pcall(actor.spawn, { source = text })
  assert(ok or err.code == "syntax_error")
  if load then load(text) end
end
local equals = ("="):rep(100000)
assert(actor.spawn{ source = "local s = [" .. equals .. "[text]" .. equals .. "] return {}" })
return "held"
