-- expect: timeout cpu_limit
while true do pcall(string.rep, "", 1 << 60, "") end
