-- expect: timeout cpu_limit
-- The matcher calls itself, 200 deep at most.
local text = ("a"):rep(300000)
while true do
  pcall(string.find, text, ("a?"):rep(1000))
  pcall(string.find, text, ("(a)"):rep(40))
  pcall(string.find, ("("):rep(1000), ("%b()"):rep(300))
end
