-- protected_calls.lua: pcall, xpcall, error and to-be-closed variables.
local function sum(n) local s = 0 for i = 1, n do s = s + i end return s end

print(pcall(function() return select(2, pcall(function() return sum(100) end)) end))
print(pcall(function() pcall(error) sum(20) error("E" .. sum(10), 0) end))
print(xpcall(function() sum(50) error("q", 0) end, function(m) return m .. sum(50) end))
print(xpcall(function(...) return select("#", ...), ... end, print, 1, nil, 3, nil))
print(select("#", pcall(error)))
print(pcall(error, nil))
print(pcall(pcall))
print(pcall(xpcall, sum))
print(select(2, pcall(error, { code = 1 })).code)

local function nested(depth)
  if depth == 0 then error("bottom", 0) end
  local ok, message = pcall(nested, depth - 1)
  error((ok and "?" or depth) .. message, 0)
end
print(pcall(nested, 20))

print(xpcall(nested, function(m) return #m + sum(10) end, 5))
print(xpcall(error, function(m) return pcall(error, m) end, "again"))
print(pcall(function()
  local ok, message = xpcall(error, function(m) error(m, 0) end, "handler")
  return ok, type(message)
end))

local log = {}
local function closing(name, work)
  return setmetatable({}, { __close = function(_, message)
    sum(10)
    log[#log + 1] = name .. ":" .. tostring(message)
    if work then work() end
  end })
end
local function guarded(fails)
  local a <close> = closing("a")
  local b <close> = closing("b", function() pcall(error, "inner") end)
  local c <close> = closing("c", fails and function() error("from c", 0) end)
  if fails then error("body", 0) end
  return sum(10), "results", nil
end
print(guarded(false))
print(pcall(guarded, true))
for i = 1, 3 do
  local d <close> = closing("d" .. i)
  if i == 2 then goto continue end
  sum(5)
  ::continue::
end
for k in next, { x = 1 }, nil, closing("for") do
  if k then break end
end
print(table.concat(log, " "))

local depth = 0
local function deep() depth = depth + 1 return 1 + deep() end
local ok, message = pcall(deep)
print(ok, type(message), depth > 100)
print(pcall(string.rep, "x", -1))
print(pcall(string.rep))
print(pcall(setmetatable, {}, { __gc = print }))
