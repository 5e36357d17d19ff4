-- expect: timeout cpu_limit
-- Quadratic: each parenthesis looks for its end through the rest of the text.
local text = ("("):rep(60000)
while true do pcall(string.gsub, text, "%b()", "") end
