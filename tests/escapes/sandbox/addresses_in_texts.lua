-- expect: ok held
-- No text shows where anything lies in memory. An address gives itself away among others: they are
-- large and have their upper halves in common.
local actor = require "actor"
local function numbers_of(make)
  local found = {}
  for i = 1, 32 do
    for digits in tostring(make(i)):gmatch("%x%x%x%x%x%x+") do
      found[#found + 1] = tonumber(digits, 16)
    end
  end
  return found
end
local function look_like_addresses(found)
  if #found < 16 then return false end
  local high = found[1] >> 32
  if high == 0 then return false end
  for _, number in ipairs(found) do if number >> 32 ~= high then return false end end
  return true
end
local me, kept = actor.self(), {}
local function keep(value) kept[#kept + 1] = value return value end
for name, make in pairs{
  table = function() return keep{} end,
  ["function"] = function(i) return keep(function() return i end) end,
  coroutine = function() return keep(coroutine.create(print)) end,
  future = function() local f = keep(me:request("x")) f:cancel() return f end,
  reference = function() return me end,
  named = function() return keep(setmetatable({}, { __name = "name" })) end,
  monitor = function() return keep(actor.monitor(me)) end,
  format = function() return string.format("%s", keep{}) end,
  iterator = function() return keep(("x"):gmatch("x")) end,
  builtin = function(i) return ({ print, pcall, type, next, pairs, select, error,
    assert })[i % 8 + 1] end,
  argument_error = function() return select(2, pcall(("x").rep, keep{}, keep{})) end,
  index_error = function() return select(2, pcall(function() return nil + keep{} end)) end,
  sort_error = function() return select(2, pcall(table.sort, { keep{}, keep{} })) end,
  concat_error = function() return select(2, pcall(table.concat, { keep{} })) end,
  actor_error = function() return select(2, pcall(actor.send, keep{}, "x")) end,
} do
  assert(not look_like_addresses(numbers_of(make)), "the text of a " .. name .. " shows an address")
end
return "held"
