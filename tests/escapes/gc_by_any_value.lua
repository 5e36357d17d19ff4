-- expect: ok refused sandbox: restricted none
-- Lua marks an object whatever the field holds; it may be replaced by a function afterwards.
for _, value in ipairs{ true, 0, "x", {} } do
  local ok = pcall(setmetatable, {}, { __gc = value })
  if ok then return "accepted" end
end
return "refused"
