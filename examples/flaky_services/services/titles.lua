-- titles.lua: writes titles, and leaks: it remembers every title it has ever written, and more.
local remembered = {}

local handlers = {}

function handlers.serve(text)
  local title = text:gsub("(%a)(%a*)", function(first, rest)
    return first:upper() .. rest:lower()
  end)
  remembered[#remembered + 1] = title .. (" "):rep(100 * 1024)
  return title
end

return handlers
