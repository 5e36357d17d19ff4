-- expect: timeout cpu_limit instruction_limit sandbox: restricted
while true do pcall(load, function() return " " end) end
