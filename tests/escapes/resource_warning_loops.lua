-- expect: timeout cpu_limit instruction_limit as: handler chunk
function onResourceWarning() while true do end end
while true do end
