-- main.lua: serves every request of a file with services that crash, leak and loop on purpose.
--
--   moonwright run examples/flaky_services/main.lua [FILE]
--
-- Each line of FILE is a request: the name of a service and its text. Three services stand under
-- two supervisors. What they do wrong costs them a life, and never a request: whoever asks tries
-- again, under the same address. In the end it says what was served, and what the supervisors did
-- and why.
local actor = require "actor"

local folder = debug.getinfo(1, "S").source:match "^@(.*/)" or ""
local path = ... or folder .. "requests.txt"

local function service(name, limits)
  return {
    id = name, name = name, script = "services/" .. name .. ".lua", sandbox = "restricted",
    limits = limits, stop = { drain = 1, on_stop = 0.1, kill = 0.1 },
  }
end

-- What fails often may: a hundred restarts in ten seconds, and no long waits between them.
local function often(children)
  return { intensity = 100, period = 10, back_off = { first = 0.001, most = 0.02 },
           children = children }
end

local office = often{ service("titles", { memory = "2MiB" }),
                      service("totals") }
office.name = "office"
local top = often{ { id = "office", supervisor = office },
                   service("factors", { cpu_time = "50ms" }) }
top.name, top.wait = "top", true
local supervisor = actor.supervise(top)

-- Answers what the service did, and in how many tries.
local function serve(name, text)
  for try = 1, 50 do
    local ok, answer = pcall(actor.call, name, "serve", text)
    if ok then return answer, try end
    if answer.code == "invalid_argument" then return "refused: " .. answer.message, try end
    actor.sleep(0.002 * try)
  end
  error(("request '%s %s' could not be served"):format(name, text))
end

local served, refused, tries, running = 0, 0, 0, 0
local requests = {}
for line in io.lines(path) do
  local name, text = line:match "^(%a+)%s+(.+)$"
  if name then requests[#requests + 1] = { name, text } end
end

-- Ten customers at a time.
local next_request = 1
local function customer()
  while next_request <= #requests do
    local request = requests[next_request]
    next_request = next_request + 1
    local answer, count = serve(request[1], request[2])
    served, tries = served + 1, tries + count
    if answer:find("^refused") then refused = refused + 1 end
  end
  running = running - 1
end
for _ = 1, 10 do
  running = running + 1
  actor.fork(customer)
end
while running > 0 do actor.sleep(0.005) end

print(("served %d of %d requests in %d tries; %d of them were refused for good reason")
  :format(served, #requests, tries, refused))
for _, owner in ipairs{ supervisor, actor.whereis "office" } do
  for _, child in ipairs(owner:call "which") do
    print(("%-8s %-10s life %d, %d restarts"):format(child.id, child.type, child.incarnation,
                                                      child.restarts))
    local why = owner:call("explain", child.id)
    if why then print("         last: " .. why:match "[^\n]*") end
  end
end
actor.stop(supervisor, 5)
return served == #requests and 0 or 1
