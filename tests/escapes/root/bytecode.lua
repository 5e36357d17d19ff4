Lua is no text
