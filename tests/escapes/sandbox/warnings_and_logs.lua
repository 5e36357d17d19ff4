-- expect: ok held
-- warn, print and log: nothing that they are given steers where it goes, or is run.
local actor = require "actor"
for _, text in ipairs{ "@on", "@off", "@", "", "\0", "%s%n", "\27[2J", ("x"):rep(100000),
  "a\nb\r\nc" } do
  warn(text)
  warn("a", text)
  print(text)
  actor.log(text)
  actor.log("warn", text)
  assert(not pcall(actor.log, text, text))
end
assert(not pcall(warn) and not pcall(warn, {}) and not pcall(warn, "a", print))
for _ = 1, 5000 do print("a line") actor.log("a line") end
return "held"
