-- totals.lua: adds up orders like "3x2.50 1x9.99", and crashes: every ninth order finds a bug.
local orders = 0

local handlers = {}

function handlers.serve(text)
  orders = orders + 1
  local cents = 0
  for item in text:gmatch "%S+" do
    local count, whole, part = item:match "^(%d+)x(%d+)%.(%d%d)$"
    if not count then
      -- What the customer did wrong is told to the customer, and costs nobody a life.
      error{ code = "invalid_argument", message = ("'%s' is no part of an order"):format(item) }
    end
    cents = cents + count * (whole * 100 + part)
  end
  if orders % 9 == 0 then local nothing return nothing.total end
  return ("%d.%02d"):format(cents // 100, cents % 100)
end

return handlers
