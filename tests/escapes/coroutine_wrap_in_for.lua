-- expect: timeout cpu_limit instruction_limit
-- A yield of the scheduler must not look like one of the iterator.
local function numbers()
  return coroutine.wrap(function()
    local n = 0
    while true do
      n = n + 1
      coroutine.yield(n)
    end
  end)
end
local before = 0
for n in numbers() do
  if n ~= before + 1 then error("a number is missing: " .. tostring(n)) end
  before = n
end
