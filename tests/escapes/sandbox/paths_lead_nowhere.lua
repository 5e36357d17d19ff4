-- expect: ok held
-- Scripts are found in the program's folder, and nowhere else on this machine.
local actor = require "actor"
local paths = {
  "../gc_is_refused.lua", "inner/../../gc_is_refused.lua", "./../gc_is_refused.lua", "..", ".",
  "/", "",
  "/etc/passwd", "/proc/self/environ", "/proc/self/cwd/gc_is_refused.lua", "/dev/zero",
  "/dev/stdin",
  "//etc/passwd", "inner/../../../../../../../../etc/passwd", "~/.profile", "file:///etc/passwd",
  "link_out.lua", "link_up/gc_is_refused.lua", "link_up/root/../gc_is_refused.lua", "inner",
  "inner/",
  "module.lua\0.txt", "\0", "module.lua/", "..\\gc_is_refused.lua", "%2e%2e/gc_is_refused.lua",
  ("a"):rep(100000), ("a/"):rep(5000), ("../"):rep(5000),
}
for _, path in ipairs(paths) do
  local ok, err = pcall(actor.spawn, path)
  assert(not ok, "an actor of " .. path:sub(1, 60))
  assert(type(err) == "table" or type(err) == "string")
  local text = type(err) == "table" and err.message or err
  assert(not text:find("root:", 1, true), "an error shows what is in a file")
end
assert(actor.spawn("inner/init.lua"))
return "held"
