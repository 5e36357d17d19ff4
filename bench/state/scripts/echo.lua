-- echo.lua: answers with what it is asked.
return { echo = function(...) return ... end }
