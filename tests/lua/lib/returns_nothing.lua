-- returns_nothing.lua: a module for its effect only.
returns_nothing_ran = true
