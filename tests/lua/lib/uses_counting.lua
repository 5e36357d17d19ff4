-- uses_counting.lua: a module that needs another one.
local counting = require "lib.counting"
return { counting = counting }
