-- expect: timeout cpu_limit instruction_limit
-- Each closing replaces the error on its way by another.
local mt = { __close = function() error("not that one") end }
while true do
  pcall(function()
    local one <close>, two <const> = setmetatable({}, mt), 0
    local three <close> = setmetatable({}, mt)
    while true do end
  end)
end
