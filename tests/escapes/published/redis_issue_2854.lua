-- expect: ok held
-- Redis, issue 2854: a list of what is forbidden is never complete. What later versions of Lua
-- brought, and what builds of it add, is not there unless somebody put it on the list of what is.
for _, name in ipairs{
  "loadstring", "loadlib", "setfenv", "getfenv", "newproxy", "gcinfo", "unpack", "jit",
  "ffi", "bit", "bit32", "cjson", "cmsgpack", "struct", "redis", "lpeg", "lfs", "posix", "buffer",
  "vector", "syscall", "os.exit", "io.popen",
} do assert(_G[name] == nil and not pcall(require, name), name) end
for _, name in ipairs{ "dump", "gfind" } do assert(string[name] == nil, name) end
for _, name in ipairs{ "new", "clear", "getn", "setn", "foreach" } do assert(table[name] == nil,
  name) end
for _, name in ipairs{ "execute", "exit", "getenv", "popen", "remove", "rename", "setlocale",
                       "tmpname" } do
  assert(os == nil or os[name] == nil, name)
end
return "held"
