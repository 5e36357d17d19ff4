-- expect: cpu_limit instruction_limit timeout
-- Open: compiling the source of a child, or of load(), is paid by nobody. A spawn with three
-- megabytes of text holds the worker for half a second, in which nobody else runs and no deadline
-- is seen, and may use more memory than its spawner has. No instructions are counted for it, and
-- where a hook counts instead of a signal the next look at the clock is a thousand instructions
-- away: none of the limits is noticed for minutes.
local actor = require "actor"
local source = ("f{}[1]=2;"):rep(300000) .. " x x"
while true do pcall(actor.spawn, { source = source }) end
