-- expect: ok held as: handler chunk
-- The globals appear when they are used. Whatever asks for them first finds no more than is there.
for _, name in ipairs{ "io", "package", "debug", "dofile", "loadfile", "loadstring", "module",
                       "setfenv", "getfenv", "newproxy", "unpack", "gcinfo", "jit", "ffi",
                       "bit" } do
  assert(rawget(_G, name) == nil, name)
  assert(_G[name] == nil, name)
  assert(_ENV[name] == nil, name)
  _G[name] = nil
  assert(_G[name] == nil, name)
end
for _, name in ipairs{ "execute", "exit", "getenv", "remove", "rename", "setlocale", "tmpname" } do
  assert(os == nil or os[name] == nil, "os." .. name)
end
assert(string.dump == nil and ("").dump == nil, "string.dump")
assert(coroutine.sethook == nil and string.gfind == nil and table.foreach == nil)
return "held"
