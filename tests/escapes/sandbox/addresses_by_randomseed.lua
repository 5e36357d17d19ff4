-- expect: ok held
-- math.randomseed() without an argument answers with its seed: upstream's is an address.
local count = 0
for _ = 1, 16 do
  for _, part in ipairs(table.pack(math.randomseed())) do
    if math.type(part) == "integer" and part >> 40 ~= 0
      and part >> 48 == 0 then count = count + 1 end
  end
end
assert(count < 8, "the seeds look like addresses")
return "held"
