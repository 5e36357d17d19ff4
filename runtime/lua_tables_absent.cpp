// lua_tables_absent.cpp: with a Lua that is not the bundled one, no value can be shown.
#include "runtime/lua_tables.h"

#ifndef MOONWRIGHT_BUNDLED_LUA

void moonwright_value_at(lua_State* /*L*/, int /*index*/, MoonwrightValue* value) { *value = {}; }
void moonwright_value_push(lua_State* /*L*/, const MoonwrightValue* /*value*/) {}
int moonwright_table_count(const void* /*table*/, MoonwrightTableSize* /*size*/,
                           unsigned /*slots*/) {
  return 1;
}
unsigned moonwright_table_slots(const void* /*table*/) { return 0; }
unsigned moonwright_table_next(const void* /*table*/, unsigned /*slot*/, MoonwrightValue* /*key*/,
                               MoonwrightValue* /*value*/) {
  return 0;
}
const void* moonwright_table_metatable(const void* /*table*/) { return nullptr; }

#endif
