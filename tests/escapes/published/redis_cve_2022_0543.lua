-- expect: ok held
-- Redis, CVE-2022-0543: Debian's package left the global `package` behind, and package.loadlib
-- loads any C library.
assert(package == nil and rawget(_G, "package") == nil)
assert(loadlib == nil and module == nil)
assert(not pcall(require, "package"))
for _, value in pairs(_G) do
  if type(value) == "table" then
    assert(rawget(value, "loadlib") == nil and rawget(value, "cpath") == nil)
    assert(rawget(value, "loaded") == nil and rawget(value, "searchers") == nil)
  end
end
return "held"
