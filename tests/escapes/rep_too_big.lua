-- expect: timeout cpu_limit instruction_limit
-- What could never fit is refused before anything is allocated: an ordinary error.
while true do pcall(string.rep, "x", 1 << 40) end
