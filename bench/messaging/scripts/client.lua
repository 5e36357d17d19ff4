-- client.lua: calls another actor again and again, one call after the other.
local client = {}

function client.call(target, n)
  for i = 1, n do target:call("echo", i) end
  return n
end

function client.call_with_payload(target, n)
  local payload = {}
  for i = 1, 100 do
    payload["key" .. i] = { id = i, name = "name" .. i, flag = i % 2 == 0 }
  end
  for _ = 1, n do target:call("echo", payload) end
  return n
end

return client
