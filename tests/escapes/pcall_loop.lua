-- expect: timeout cpu_limit instruction_limit sandbox: restricted none as: handler chunk
-- A limit that is an ordinary error is swallowed, again and again.
while true do pcall(function() while true do end end) end
