-- expect: timeout cpu_limit
local text = ("\u{7FF}"):rep(2000000)
while true do
  utf8.len(text)
  pcall(utf8.codepoint, text, 1, -1)
  utf8.offset(text, 2000000)
end
