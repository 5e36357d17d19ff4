-- expect: timeout cpu_limit instruction_limit
-- An error of its own is on its way whenever the limit strikes.
local function fail() error({}) end
local function spin() for _ = 1, 10 do pcall(fail) end end
while true do pcall(function() spin() error("x") end) end
