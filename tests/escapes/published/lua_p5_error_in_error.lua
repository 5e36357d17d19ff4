-- expect: memory_limit limits: memory=16MiB
-- Lua to 5.4.7 (25da574f): the text "error in error handling" was made unprotected: overflow the
-- stack, and in `__close`, while it is still larger than it may be, use up the memory.
local function overflow() return 1 + overflow() end
local function hoard()
  local all = {}
  while true do all[#all + 1] = ("x"):rep(100) .. #all end
end
while true do
  pcall(function()
    local guard <close> = setmetatable({}, { __close = function()
      pcall(hoard)
      overflow()
    end })
    overflow()
  end)
  xpcall(overflow, function() pcall(hoard) return overflow() end)
end
