-- growing_arrays.lua: arrays that grow by one element at a time, and are sorted.
return { run = function(units)
  for _ = 1, units do
    for _ = 1, 6 do
      local array = {}
      for i = 1, 5000 do array[i] = i end
      for i = 5001, 6000 do array[#array + 1] = i end
      assert(#array == 6000)
    end
    local shuffled, value = {}, 1
    for i = 1, 1500 do
      value = value * 16807 % 2147483647
      shuffled[i] = value
    end
    table.sort(shuffled)
    assert(shuffled[1] <= shuffled[1500])
  end
end }
