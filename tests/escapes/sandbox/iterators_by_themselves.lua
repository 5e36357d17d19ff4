-- expect: ok held
-- What pairs, ipairs, gmatch and codes return are C functions: called with whatever there is.
local wrongs = { 1, -1, 1 << 62, 0.5, 0 / 0, "text", true, {}, print, coroutine.create(print), _G }
local steps = { (pairs({})), (ipairs({})), ("abc"):gmatch("."), (utf8.codes("abc")), next }
for _, step in ipairs(steps) do
  pcall(step)
  for _, first in ipairs(wrongs) do
    pcall(step, first)
    pcall(step, nil, first)
    for _, second in ipairs(wrongs) do pcall(step, first, second) end
  end
end
local codes = utf8.codes("\u{10FFFF}\u{80}x")
for i = -5, 20 do pcall(codes, "\u{10FFFF}\u{80}x", i) end
return "held"
