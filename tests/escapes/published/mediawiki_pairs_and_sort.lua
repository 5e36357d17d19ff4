-- expect: timeout instruction_limit
-- MediaWiki's LuaSandbox: a limit that ends a script inside of a C function (sort, gsub, a reader)
-- has to end what is around it as well.
local function loop() while true do end end
local t = {}
for i = 1, 100 do t[i] = i end
while true do
  pcall(table.sort, t, loop)
  pcall(string.gsub, "abc", ".", loop)
  pcall(table.concat, setmetatable({}, { __index = loop }), "", 1, 3)
  if load then pcall(load, loop) end
end
