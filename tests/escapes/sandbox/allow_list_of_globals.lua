-- expect: ok held
-- Lists of what is forbidden have always had holes. So: everything that can be reached from the
-- globals, by fields and by metatables, is on this list of what is allowed.
local allowed = {}
for name in ([[
  _G _VERSION assert collectgarbage error getmetatable ipairs load next pairs pcall print rawequal
  rawget rawlen rawset require select setmetatable tonumber tostring type warn xpcall
  coroutine coroutine.close coroutine.create coroutine.isyieldable coroutine.resume
  coroutine.running coroutine.status coroutine.wrap coroutine.yield
  math math.abs math.acos math.asin math.atan math.ceil math.cos math.deg math.exp math.floor
  math.fmod math.huge math.log math.max math.maxinteger math.min math.mininteger math.modf math.pi
  math.rad math.random math.randomseed math.sin math.sqrt math.tan math.tointeger math.type math.ult
  string string.byte string.char string.find string.format string.gmatch string.gsub string.len
  string.lower string.match string.pack string.packsize string.rep string.reverse string.sub
  string.unpack string.upper
  table table.concat table.insert table.move table.pack table.remove table.sort table.unpack
  utf8 utf8.char utf8.charpattern utf8.codepoint utf8.codes utf8.len utf8.offset
  os os.time os.clock os.date os.difftime
  lifecycle lifecycle.subscribe
]]):gmatch("%S+") do allowed[name] = true end

local found, seen = {}, { [_G] = true }
local function walk(container, prefix)
  for key, value in pairs(container) do
    local name = prefix .. tostring(key)
    if not allowed[name] then found[#found + 1] = name end
    if type(value) == "table" and not seen[value] then
      seen[value] = true
      walk(value, name .. ".")
    end
    local meta = getmetatable(value)
    if type(value) ~= "string" and meta ~= nil then found[#found + 1] = "metatable of " .. name end
  end
end
walk(_G, "")
local meta = getmetatable("")
if type(meta) == "table" then
  for key, value in pairs(meta) do
    if key == "__index" and value == string then value = nil end
    if type(value) == "table" then found[#found + 1] = "metatable of strings: " .. key end
  end
end
assert(#found == 0, table.concat(found, ", "))
return "held"
