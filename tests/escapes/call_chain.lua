-- expect: timeout cpu_limit limits: memory=256MiB
-- What is called when this is called is this.
local object = setmetatable({}, {})
getmetatable(object).__call = object
while true do pcall(object) end
