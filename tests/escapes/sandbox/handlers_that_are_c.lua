-- expect: ok held
-- C functions where functions of the script are expected: as message handlers, comparators,
-- replacements, metamethods, bodies of coroutines, forks.
local actor = require "actor"
local functions = { print, error, pcall, xpcall, next, select, type, tostring, setmetatable,
  require,
                    coroutine.yield, coroutine.resume, coroutine.close, coroutine.wrap,
                    coroutine.running, string.rep, string.gsub, table.sort, table.unpack,
                    table.concat, math.random, utf8.codes, actor.self, actor.info, actor.whereis,
                      actor.monitor, actor.spawn, actor.within }
for _, f in ipairs(functions) do
  for _, g in ipairs(functions) do pcall(xpcall, f, g, "a", 1) end
  pcall(table.sort, { 3, 1, 2 }, f)
  pcall(string.gsub, "abc", "%a", f)
  pcall(coroutine.wrap(f), "a", 1)
  pcall(coroutine.wrap(f))
  pcall(actor.within, 0.001, f, "x")
  for _, event in ipairs{ "__index", "__newindex", "__call", "__concat", "__lt", "__len", "__pairs",
                          "__tostring", "__close" } do
    local object = setmetatable({}, { [event] = f })
    pcall(function() return object.x end)
    pcall(function() object.x = 1 end)
    pcall(function() return object("x") .. object < #object end)
    pcall(function() for _ in pairs(object) do break end end)
    pcall(tostring, object)
    pcall(function() local guard <close> = object end)
  end
end
return "held"
