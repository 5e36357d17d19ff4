-- expect: timeout cpu_limit
-- So many copies of the empty string: nothing is allocated, nothing returns.
while true do pcall(string.rep, "", 1 << 60) end
