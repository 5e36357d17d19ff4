-- expect: timeout cpu_limit
-- MediaWiki's LuaSandbox: pattern matching ran where no timer could reach it, and the limit's error
-- was an ordinary one in xpcall's handler and in coroutines. All of it together.
local s = ("a"):rep(30000)
local function search() return s:find((".-"):rep(8) .. "b") end
while true do
  xpcall(search, search)
  pcall(coroutine.wrap(function() pcall(search) coroutine.yield(search()) end))
  pcall(string.gsub, s, ".", search)
end
