-- expect: timeout cpu_limit sandbox: restricted
-- Sources that are slow to refuse, and sources that are slow to take.
local deep = ("("):rep(100000)
local names = {}
for i = 1, 20000 do names[i] = "local a" .. i end
local locals = table.concat(names, " ")
local constants = "return {" .. ("'a',"):rep(20000) .. "}"
while true do
  load(deep)
  load(locals)
  load(constants)
end
