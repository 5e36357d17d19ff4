#!/usr/bin/env lua
Lua is no text
