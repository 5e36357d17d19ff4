-- closures.lua: making functions with upvalues, and calling them once or twice.
local function counter(start)
  local count = start
  return function(step)
    count = count + step
    return count
  end
end

local function compose(f, g)
  return function(x) return f(g(x)) end
end

return { run = function(units)
  for _ = 1, units do
    local sum = 0
    for i = 1, 3000 do
      local f = compose(counter(i), counter(1))
      sum = sum + f(1)
    end
    assert(sum == 3000 * 3001 // 2 + 2 * 3000)
  end
end }
