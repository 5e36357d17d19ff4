#!/usr/bin/env lua
return { name = "inner" }
