-- expect: ok false sandbox: none limits: memory=8MiB
return tostring(pcall(string.rep, "x", 1 << 40))
