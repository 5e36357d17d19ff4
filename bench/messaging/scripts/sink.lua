-- sink.lua: counts what it gets, and answers when it has seen as many messages as it was to expect.
local actor = require "actor"

local count, expected, promise = 0, nil, nil
local sink = {}

local function check()
  if count ~= expected then return end
  promise:reply(count)
  count, expected, promise = 0, nil, nil
end

function sink.expect(n)
  expected, promise = n, actor.defer()
  check()
end

function sink.add()
  count = count + 1
  if count == expected then check() end
end

return sink
