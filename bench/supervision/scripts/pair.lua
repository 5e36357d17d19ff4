-- Two actors that talk: what a message costs.
local actor = require "actor"

local partner

local function other()
  partner = partner or actor.spawn {
    source = "return { ping = function(x) return x end, take = function() end }",
  }
  return partner
end

return {
  -- One request after the other.
  calls = function(n)
    local to = other()
    for i = 1, n do to:call("ping", i) end
  end,
  -- One-way messages, and a request now and then so that the mailbox does not overflow.
  flood = function(n)
    local to = other()
    for i = 1, n do
      assert(to:send("take", i, "some text that makes it a usual size"))
      if i % 10000 == 0 then to:call("ping", i) end
    end
    to:call("ping", 0)
  end,
  -- Strings and tables that are garbage at once.
  garbage = function(n)
    for i = 1, n do
      local t = { i, tostring(i), { i } }
      t[1] = t[2] .. "x"
    end
  end,
}
