-- defer.lua: answers that are given later.
local actor = require "actor"
local check = require "lib.check"
local test, eq = check.test, check.eq

-- An actor that keeps the promises it makes, until somebody asks for them.
local function debtor()
  return check.spawn [[
    local actor = require "actor"
    local promises = {}
    local debtor = {}
    function debtor.ask()
      promises[#promises + 1] = actor.defer()
      return "not this"
    end
    function debtor.asked() return #promises end
    function debtor.pay(...) for _, promise in ipairs(promises) do promise:reply(...) end end
    function debtor.fail(err) for _, promise in ipairs(promises) do promise:error(err) end end
    function debtor.forget() promises = {} collectgarbage() collectgarbage() end
    function debtor.at_once(...) actor.defer():reply(...) end
    function debtor.after_error()
      promises[#promises + 1] = actor.defer()
      error "after defer"
    end
    return debtor
  ]]
end

local function asked(server)
  local future = server:request("ask")
  check.eventually(function() return server:call("asked") > 0 end)
  assert(not future:done())
  return future
end

test("the promise is the answer, not what the handler returns", function()
  local server = debtor()
  local future = asked(server)
  server:call("pay", 1, nil, 3)
  eq(check.results(future.await, future), { n = 3, 1, nil, 3 })
end)

test("a promise may be kept at once", function()
  local server = debtor()
  eq(check.results(server.call, server, "at_once", "now", 2), { n = 2, "now", 2 })
end)

test("one event can answer many requests", function()
  local server, futures = debtor(), {}
  for i = 1, 100 do futures[i] = server:request("ask") end
  server:send("pay", "all of you")
  for _, result in ipairs(actor.all(futures)) do eq(result, "all of you") end
end)

test("error answers with an error, from text or from an error object", function()
  local server = debtor()
  local future = asked(server)
  server:call("fail", "no money")
  local err = check.raises("error", future.await, future)
  check.contains(err.message, "no money")

  server = check.spawn [[
    local actor = require "actor"
    return { ask = function(name)
      local promise = actor.defer()
      actor.fork(function()
        local _, err = pcall(actor.call, name, "anything")
        promise:error(err)
      end)
    end }
  ]]
  check.raises("not_found", server.call, server, "ask", "nobody of this name")
end)

test("a promise that is collected unanswered answers cancelled", function()
  local server = debtor()
  local future = asked(server)
  server:call("forget")
  check.raises("cancelled", future.await, future)
end)

test("a promise answers once", function()
  local server = debtor()
  local future = asked(server)
  server:call("pay", "first")
  pcall(server.call, server, "pay", "second")
  eq(future:await(), "first")
end)

test("a promise of an actor that ends is answered", function()
  local server = debtor()
  local future = asked(server)
  actor.kill(server)
  check.raises("killed", future.await, future)
end)

test("an error after defer still answers", function()
  local server = debtor()
  local err = check.raises("error", server.call, server, "after_error")
  check.contains(err.message, "after defer")
end)

test("an answer that cannot be encoded raises where it is given, and can be given again", function()
  local server = check.spawn [[
    local actor = require "actor"
    return { ask = function()
      local promise = actor.defer()
      local ok, err = pcall(promise.reply, promise, print)
      promise:reply(ok, err.code)
    end }
  ]]
  eq(check.results(server.call, server, "ask"), { n = 2, false, "unsupported" })
end)

test("defer needs a message to answer", function()
  check.raises("invalid_argument", actor.defer)
end)
