-- expect: timeout cpu_limit instruction_limit
-- Metamethods that the VM calls itself, one after the other.
local function loop() while true do end end
local object = setmetatable({}, {
  __index = loop, __newindex = loop, __call = loop, __add = loop, __concat = loop,
  __eq = loop, __lt = loop, __le = loop, __len = loop, __unm = loop,
})
local attempts = {
  function() return object.x end,
  function() object.x = 1 end,
  function() return object() end,
  function() return object + 1 end,
  function() return object .. "x" end,
  function() return object < object end,
  function() return #object end,
}
while true do
  for _, attempt in ipairs(attempts) do pcall(attempt) end
end
