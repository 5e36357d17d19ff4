-- ranking.lua: the best few of many words, without sorting them all.
local ranking = {}

local function precedes(count, word, entry)
  if count ~= entry.count then return count > entry.count end
  return word < entry.word  -- equally frequent: in alphabetical order
end

-- Puts a word where it belongs in `list`, which holds at most `size` entries, the best one first.
function ranking.insert(list, size, word, count)
  local at = #list + 1
  while at > 1 and precedes(count, word, list[at - 1]) do at = at - 1 end
  if at > size then return end
  table.insert(list, at, { word = word, count = count })
  list[size + 1] = nil
end

return ranking
