-- reporter.lua: asks all counters at once, merges their answers, prints the result.
local actor = require "actor"
local ranking = require "ranking"
local counters = ...

local reporter = {}

-- The rows look as those of `uniq -c`, so that they can be compared with it.
function reporter.report(files, size)
  local requests = {}
  for i, counter in ipairs(counters) do requests[i] = counter:request("summary", size) end

  local top, words, different = {}, 0, 0
  for _, summary in ipairs(actor.all(requests)) do
    words = words + summary.words
    different = different + summary.different
    for _, entry in ipairs(summary.top) do ranking.insert(top, size, entry.word, entry.count) end
  end

  for _, entry in ipairs(top) do print(("%7d %s"):format(entry.count, entry.word)) end
  print(("%d words, %d different ones, in %d files"):format(words, different, files))
end

return reporter
