-- expect: ok held
-- Lua to 5.5.0 (efddc230): a gmatch iterator that is called again after "pattern too complex".
local it = ("a"):rep(300000):gmatch(("a?"):rep(300000))
for _ = 1, 5 do pcall(it) end
it = ("a"):rep(3000):gmatch(("(a?"):rep(20) .. (")"):rep(20))
for _ = 1, 5 do pcall(it) end
return "held"
