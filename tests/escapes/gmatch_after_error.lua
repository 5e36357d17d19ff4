-- expect: ok survived
-- Up to 5.4.8 the second call reads a depth of -1 and crashes.
local step = (("a"):rep(300000)):gmatch(("a?"):rep(300000))
pcall(step)
pcall(step)
return "survived"
