-- vault.lua: coins on two sides that are always the same together, whatever happens.
local kCoins = 1000

local function fresh()
  local purse = { moves = 0 }
  local state = { left = {}, right = {}, purse = purse }
  for i = 1, kCoins do state.left[i] = { value = i, purse = purse } end
  state.self = state
  return state
end

local state = fresh()

return {
  move = function(count)
    for _ = 1, count do
      local from, to = state.left, state.right
      if #from == 0 or (state.purse.moves % 3 == 0 and #to > 0) then from, to = to, from end
      to[#to + 1] = table.remove(from)
      state.purse.moves = state.purse.moves + 1
    end
  end,
  -- How often coins were moved, and what contradicts itself.
  look = function()
    local sum = 0
    for _, side in ipairs{ state.left, state.right } do
      for _, coin in ipairs(side) do
        if coin.purse ~= state.purse then return 0, "a coin is of another purse" end
        sum = sum + coin.value
      end
    end
    if sum ~= kCoins * (kCoins + 1) // 2 then return 0, "coins are worth " .. sum end
    if state.self ~= state then return 0, "the state is not its own" end
    return state.purse.moves
  end,
  echo = function(...) return ... end,
  fail = function() error "as asked" end,
  on_checkpoint = function() return state end,
  on_restore = function(data) state = data end,
}
