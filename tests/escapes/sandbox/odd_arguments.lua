-- expect: normal as: chunk
-- Every function of the module, with every odd value in every place.
local actor = require "actor"
local me = actor.self()
local raising = setmetatable({}, {
  __index = function() error("asked") end, __len = function() error("asked") end,
  __pairs = function() error("asked") end, __tostring = function() error("asked") end,
  __call = function() error("called") end, __eq = function() error("asked") end,
})
local values = { false, true, 0, -1, 1 << 62, math.mininteger, 0.5, 0 / 0, math.huge, -math.huge,
                 "", "\0", ("x"):rep(10000), {}, { {} }, { 1, 2, n = 1 << 40 }, raising, me, _G,
                 print, function() end, coroutine.create(print), "bystander", "nobody" }
local skipped = { exit = true, kill = true, stop = true }
local refused, n = 0, #values
for name, f in pairs(actor) do
  if not skipped[name] then
    for i = 0, n do
      for j = 0, n, i % 3 + 1 do
        local x, y = values[i], values[j]
        -- No call may wait for long.
        local ok = pcall(actor.within, 0.000001, f, x, y, x)
        if not ok then refused = refused + 1 end
      end
    end
  end
end
assert(refused > 1000, "only " .. refused .. " were refused")
actor.exit()
