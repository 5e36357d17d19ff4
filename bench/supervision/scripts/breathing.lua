-- Grows and shrinks at random, one step for each message.
local size = ...
local held = {}

return {
  step = function()
    local dice = math.random(10)
    if dice <= 4 then
      held[#held + 1] = string.rep("x", math.random(size))
    elseif dice <= 6 then
      local t = {}
      for i = 1, math.random(size // 64) do t[i] = i end
      held[#held + 1] = t
    elseif dice <= 8 then
      held[#held] = nil
    elseif dice == 9 then
      held = {}
    end
    if #held > 20 then held = {} end
  end,
}
