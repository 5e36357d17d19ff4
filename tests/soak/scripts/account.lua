-- account.lua: adds up, with some more to carry from state to state.
sum = 0
entries = {}
for i = 1, 50 do entries[i] = { number = i, text = ("entry %d"):format(i) } end

return {
  add = function(n)
    assert(#entries == 50 and entries[50].number == 50, "entries are missing")
    sum = sum + n
    return sum
  end,
  sum = function() return sum end,
  slow = function() require("actor").sleep(0.002) end,
}
