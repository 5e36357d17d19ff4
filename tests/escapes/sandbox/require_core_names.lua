-- expect: ok held
-- No library comes in by its name that is not among the globals.
for _, name in ipairs{ "io", "package", "debug", "dofile", "loadfile", "ffi", "jit", "bit32",
  "lpeg",
                       "posix", "socket", "lfs", "os.execute", "io.open", "package.loadlib" } do
  assert(not pcall(require, name), name)
end
assert(require("_G") == _G and require("string") == string and require("table") == table)
local os = os
if os == nil then assert(not pcall(require, "os"), "os by require") end
if load == nil then assert(not pcall(require, "load"), "load by require") end
return "held"
