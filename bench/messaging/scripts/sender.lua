-- sender.lua: sends as fast as it can. A message that is refused ends the measurement.
local sender = {}

function sender.send_integers(sink, n)
  for i = 1, n do assert(sink:send("add", i)) end
  return n
end

function sender.send_tables(sink, n)
  for _ = 1, n do
    assert(sink:send("add", 1, 2, 3, 4, { a = 1, b = 2, c = { d = 1, e = 2, f = 3 } }))
  end
  return n
end

return sender
