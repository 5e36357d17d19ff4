-- expect: timeout cpu_limit instruction_limit
-- The handler's own errors call the handler again, until the C stack is full; then once more.
while true do xpcall(error, function(message) error(message) end) end
