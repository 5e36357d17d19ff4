-- faulty.lua: fails in several ways. Tests know its line numbers.
local faulty = {}

local function deep() error "out of cheese" end

function faulty.plain()
  deep()
  return "never"
end

function faulty.table() error{ code = "jam", paper = { "A4", tray = 2 } } end
function faulty.number() error(42) end
function faulty.nothing() error() end
function faulty.with_function() error{ callback = print } end
function faulty.bug() return nil + 1 end
function faulty.bad_reply() return { ok = { then_what = print } } end
function faulty.large_reply() return ("x"):rep(2 << 20) end
function faulty.fine() return "fine" end

return faulty
