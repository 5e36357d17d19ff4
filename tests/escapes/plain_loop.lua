-- expect: timeout cpu_limit instruction_limit sandbox: restricted none as: handler chunk
while true do end
