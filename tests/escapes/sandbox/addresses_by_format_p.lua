-- expect: ok held
-- string.format("%p") is there to print addresses.
local texts = {}
for i = 1, 32 do
  local value = ({ {}, function() return i end, coroutine.create(print), "text" .. i })[i % 4 + 1]
  for _, format in ipairs{ "%p", "%20p", "%-20p" } do
    local ok, text = pcall(string.format, format, value)
    if ok and text:find("%x%x%x%x%x%x") then texts[#texts + 1] = text end
  end
end
assert(#texts == 0, "%p shows " .. tostring(texts[1]))
return "held"
