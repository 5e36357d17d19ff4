-- expect: killed host: kill
-- Redis, issue 8661: the error of SCRIPT KILL was caught by the script's own pcall, for ever.
require("host").ready()
while true do
  pcall(function()
    while true do pcall(error) end
  end)
end
