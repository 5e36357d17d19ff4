-- wordcount: counts the words of many files at once and prints the most frequent ones.
--
--   moonwright run examples/wordcount/main.lua [FILE...]
--
-- A word is a run of ASCII letters; upper and lower case are the same. Four scripts:
--
--   main      starts a reader for each file, a few at a time
--   reader    cuts its file into words and deals them out in batches
--   counter   one of several; every word has one counter that knows all about it
--   reporter  merges what the counters know and prints it
local actor = require "actor"

local READERS = 8   -- files open at the same time
local COUNTERS = 4
local TOP = 20      -- words in the report

local paths = { ... }
if #paths == 0 then paths = require("default_files") end

-- A batch is one message. These bounds let a single word of almost 16 MiB through; a file with a
-- longer one is reported like a file that cannot be read.
local limits = { memory = "1GiB", message = { bytes = 16 << 20 } }

local counters = {}
for i = 1, COUNTERS do
  counters[i] = actor.spawn{
    script = "counter.lua", limits = limits, mailbox = { max_bytes = "256MiB" },
  }
end
local reporter = actor.spawn("reporter.lua", counters)

local reading = {}  -- reader -> the path it reads
local started, failed = 0, 0

local function read_next_file()
  started = started + 1
  local path = paths[started]
  -- Spawned actors have no io unless somebody who has it grants it.
  local reader = actor.spawn{
    script = "reader.lua", args = { path, counters }, limits = limits, sandbox = "none",
  }
  reading[reader] = path
  actor.monitor(reader)
end

local function complain(path, why)
  if not why:find(path, 1, true) then why = path .. ": " .. why end
  io.stderr:write("wordcount: ", why, "\n")
end

local function finish()
  local ok, err = pcall(reporter.call, reporter, "report", #paths - failed, TOP)
  if not ok then io.stderr:write("wordcount: ", tostring(err), "\n") end
  actor.exit(ok and failed == 0 and "normal" or "failed")
end

local main = {}

-- A reader ends when its file does, or fails with it. Either way there is room for the next one.
function main.on_down(reader, reason, info)
  local path = reading[reader]
  reading[reader] = nil
  if reason ~= "normal" then
    failed = failed + 1
    complain(path, info.message or reason)
  end
  if started < #paths then
    read_next_file()
  elseif next(reading) == nil then
    finish()
  end
end

for _ = 1, math.min(READERS, #paths) do read_next_file() end
return main
