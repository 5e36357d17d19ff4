-- expect: timeout cpu_limit instruction_limit
for _ = 1, math.maxinteger do end
