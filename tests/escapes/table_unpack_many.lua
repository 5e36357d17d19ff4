-- expect: timeout cpu_limit
-- A stack of 16 MB for each instruction.
while true do pcall(table.unpack, {}, 1, 900000) end
