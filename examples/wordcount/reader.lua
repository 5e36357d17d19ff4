-- reader.lua: reads one file, deals its words out to the counters, and ends.
local actor = require "actor"
local path, counters = ...

local BLOCK = 256 * 1024        -- bytes read at once
local BATCH_WORDS = 10000       -- different words in a batch; a message may have 100,000 entries
local BATCH_BYTES = 256 * 1024

local counts, words, bytes = {}, 0, 0  -- the batch in the making

-- Which counter a word belongs to. Any function will do that spreads words evenly.
local function shard(word)
  return (word:byte() * 31 + word:byte(-1) * 7 + #word) % #counters + 1
end

local function deal_out()
  local shares = {}
  for word, count in pairs(counts) do
    local i = shard(word)
    shares[i] = shares[i] or {}
    shares[i][word] = count
  end
  local requests = {}
  for i, share in pairs(shares) do
    requests[#requests + 1] = counters[i]:request("add", share)
  end
  actor.all(requests)  -- waiting here is what keeps fast readers from flooding slow counters
  counts, words, bytes = {}, 0, 0
end

local function count(word)
  local before = counts[word]
  counts[word] = (before or 0) + 1
  if before then return end
  words, bytes = words + 1, bytes + #word
  if words >= BATCH_WORDS or bytes >= BATCH_BYTES then deal_out() end
end

local file <close>, why = io.open(path, "rb")
if not file then actor.exit(why) end

local rest = ""  -- a word that reached the end of a block and may go on in the next one
while true do
  local block, failure = file:read(BLOCK)
  if failure then actor.exit(path .. ": " .. failure) end
  if not block then break end
  local text = rest .. block:lower()
  rest = ""
  for word, after in text:gmatch("(%a+)()") do  -- %a: A to Z and a to z, in the C locale
    if after > #text then rest = word else count(word) end
  end
end
if rest ~= "" then count(rest) end
deal_out()
