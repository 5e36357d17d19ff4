-- expect: timeout cpu_limit
-- OpenComputers, 757, 648 and 2520: a matcher of their own guarded find and match, and the path by
-- which gsub calls a function was forgotten.
local s = ("x"):rep(200000)
while true do
  pcall(string.gsub, s, (".?"):rep(15) .. "y", function() end)
  pcall(string.gsub, s, ".", {})
  pcall(string.gsub, s, "()", print)
  pcall(s:gmatch(("x*"):rep(6) .. "y"))
end
