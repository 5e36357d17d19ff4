-- expect: killed host: kill
require("host").ready()
local text = ("a"):rep(30000)
while true do pcall(string.find, text, (".-"):rep(8) .. "b") end
