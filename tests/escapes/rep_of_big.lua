-- expect: timeout cpu_limit
-- 16 MiB copied for each instruction.
while true do pcall(string.rep, "0123456789abcdef", 1 << 20) end
