-- expect: ok held
-- The methods of strings are the bounded functions, and not those under them.
local s = ("a"):rep(30000)
for name, method in pairs(string) do
  if type(method) == "function" then assert(("") [name] == method, name) end
end
assert(not pcall(function() return ("x"):rep(1 << 60) end))
assert(not pcall(function() return s:find((".-"):rep(12) .. "b") end))
assert(not pcall(function() return s:match((".-"):rep(12) .. "b") end))
assert(not pcall(function() return s:gsub((".-"):rep(12) .. "b", "") end))
assert(not pcall(function() return s:gmatch((".-"):rep(12) .. "b")() end))
return "held"
