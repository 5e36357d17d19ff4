-- raises.lua: a module that cannot be loaded.
error "this module raises"
