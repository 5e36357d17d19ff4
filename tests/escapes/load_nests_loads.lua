-- expect: timeout cpu_limit instruction_limit sandbox: restricted
local function nest(depth)
  return load(function()
    if depth > 0 then nest(depth - 1) end
    while true do end
  end)
end
while true do pcall(nest, 50) end
