-- expect: ok held sandbox: strict
-- What the lowest level has not: load, the clock of the operating system, the collector.
for _, name in ipairs{ "load", "os", "collectgarbage", "io", "package", "debug" } do
  assert(_G[name] == nil, name)
  assert(not pcall(require, name), "require " .. name)
end
return "held"
