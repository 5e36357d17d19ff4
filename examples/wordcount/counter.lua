-- counter.lua: counts the words that are its own.
local ranking = require "ranking"

local counts = {}
local words, different = 0, 0
local counter = {}

-- Adds a batch: how often each word was seen.
function counter.add(batch)
  for word, count in pairs(batch) do
    local before = counts[word]
    if not before then different = different + 1 end
    counts[word] = (before or 0) + count
    words = words + count
  end
end

-- What it knows: the totals, and its `size` most frequent words.
function counter.summary(size)
  local top = {}
  for word, count in pairs(counts) do ranking.insert(top, size, word, count) end
  for _, entry in ipairs(top) do
    if #entry.word > 1000 then entry.word = entry.word:sub(1, 1000) .. "..." end
  end
  return { words = words, different = different, top = top }
end

return counter
