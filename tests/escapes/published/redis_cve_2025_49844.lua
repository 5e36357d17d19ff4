-- expect: ok held
-- Redis, CVE-2025-49844: the name of a chunk was collected while its source was still parsed, and
-- the parser went on with freed memory. Here a collection may come at any allocation.
local actor = require "actor"
local function name(i) return "chunk " .. ("x"):rep(200) .. i end
for i = 1, 40 do
  local source = "local a" .. i .. " = '" .. ("y"):rep(i) .. "' " .. ("local t = {}; "):rep(20)
  if load then
    local pieces, at = {}, 0
    for piece in source:gmatch("%C%C?%C?%C?%C?%C?%C?%C?") do pieces[#pieces + 1] = piece end
    local f = load(function()
      at = at + 1
      if at % 20 == 0 and collectgarbage then collectgarbage() end
      local garbage = {}
      for k = 1, 3 do garbage[k] = name(k) end
      return pieces[at]
    end, name(i))
    assert(f)
    assert(not load("x x", name(i)))
  end
  local ok, err = pcall(actor.spawn, { source = source .. " x x", chunk_name = name(i) })
  assert(not ok and err.code == "syntax_error")
end
return "held"
