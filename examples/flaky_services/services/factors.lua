-- factors.lua: finds prime factors, and loops: every seventh number it never stops.
local numbers = 0

local handlers = {}

function handlers.serve(text)
  numbers = numbers + 1
  local number = math.tointeger(tonumber(text))
  if not number or number < 1 then
    error{ code = "invalid_argument", message = ("'%s' is no number to factor"):format(text) }
  end
  while numbers % 7 == 0 do end
  local factors = {}
  local divisor = 2
  while divisor * divisor <= number do
    while number % divisor == 0 do
      factors[#factors + 1] = divisor
      number = number // divisor
    end
    divisor = divisor + 1
  end
  if number > 1 or #factors == 0 then factors[#factors + 1] = number end
  return table.concat(factors, " ")
end

return handlers
