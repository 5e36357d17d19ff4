-- expect: timeout cpu_limit
-- Assignments of nil never allocate.
while true do pcall(table.move, {}, 1, 1 << 60, 2) end
