-- module.lua: what scripts may require.
return { name = "module" }
