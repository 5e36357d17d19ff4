-- expect: ok held
-- The same for modules, whose names become paths.
for _, name in ipairs{
  "../gc_is_refused", "..gc_is_refused", "...gc_is_refused", "inner...gc_is_refused",
  "/etc/passwd", ".", "..", "", "/",
  "gc_is_refused", "link_out", "link_up.gc_is_refused", "link_up/gc_is_refused",
  "inner/../../gc_is_refused", "\0",
  "module\0", "module\0gc_is_refused", "..\\gc_is_refused", "%2e%2e", "C:gc_is_refused",
  ("a."):rep(2000),
  ("."):rep(2000), ("a"):rep(100000), "proc.self.environ", "/proc/self/environ", "bytecode.lua",
} do
  local ok, err = pcall(require, name)
  assert(not ok, "a module " .. name:sub(1, 60))
  local text = type(err) == "table" and err.message or tostring(err)
  assert(not text:find("root:", 1, true), "an error shows what is in a file")
end
for _, name in ipairs{ 1, true, {}, print } do
  local ok = pcall(require, name)
  assert(not ok)
end
assert(not pcall(require))
assert(require("module").name == "module" and require("inner").name == "inner")
return "held"
