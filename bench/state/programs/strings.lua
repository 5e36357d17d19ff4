-- strings.lua: formatting, searching, replacing and joining text.
local words = {}
for word in ("the quick brown fox jumps over the lazy dog"):gmatch("%a+") do
  words[#words + 1] = word
end

return { run = function(units)
  for _ = 1, units do
    for i = 1, 250 do
      local line = table.concat(words, " ") .. (" %d"):format(i)
      local upper = line:gsub("%a+", string.upper)
      assert(upper:find("LAZY DOG " .. i, 1, true))
      assert(line:match("(%d+)$") == tostring(i))
      for key, value in ("a=1, b=2, c=3"):gmatch("(%w+)=(%w+)") do
        line = line .. key .. value
      end
      assert(#line:rep(4, ";") == 4 * #line + 3)
    end
  end
end }
