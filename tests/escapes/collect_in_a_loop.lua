-- expect: timeout cpu_limit sandbox: restricted
-- Many live objects, and a full collection for each instruction, where a script may ask for one.
local kept = {}
for i = 1, 300000 do kept[i] = { i } end
while true do
  pcall(collectgarbage)
  pcall(collectgarbage, "step", 100000)
end
