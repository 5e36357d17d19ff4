-- table_reads.lua: reading arrays and fields in tight loops.
local numbers, names, fields = {}, {}, {}
for i = 1, 1000 do
  numbers[i] = i % 7
  names[i] = "field" .. i % 50
  fields[names[i]] = i % 50
end

return { run = function(units)
  for _ = 1, units do
    local sum = 0
    for _ = 1, 60 do
      for i = 1, 1000 do sum = sum + numbers[i] end
    end
    for _ = 1, 50 do
      for i = 1, 1000 do sum = sum + fields[names[i]] end
    end
    assert(sum == 60 * 3003 + 50 * 24500)
  end
end }
