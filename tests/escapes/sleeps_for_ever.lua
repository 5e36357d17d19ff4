-- expect: timeout as: handler chunk
require("actor").sleep(1e9)
