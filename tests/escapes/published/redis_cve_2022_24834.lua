-- expect: ok held
-- Redis, CVE-2022-24834: an encoder of tables computed the size of its buffer in an int. Ours goes
-- to messages: sizes, depths and counts at and over their caps.
local actor = require "actor"
local echo = actor.spawn{ source = "return { size = function(x) return #x end }" }
assert(echo:call("size", ("x"):rep(1000000)) == 1000000)
local function refused(value)
  local ok, err = pcall(echo.call, echo, "size", value)
  assert(not ok and err.code == "too_large")
end
refused(("x"):rep(1 << 20))
refused({ ("x"):rep(600000), ("y"):rep(600000) })
local deep = {}
for _ = 1, 64 do deep = { deep } end
refused(deep)
local wide = {}
for i = 1, 100001 do wide[i] = true end
refused(wide)
wide = {}
for i = 1, 40000 do wide[i], wide["k" .. i], wide[-i] = true, true, true end
refused(wide)
assert(echo:call("size", { 1, 2, 3 }) == 3)
return "held"
