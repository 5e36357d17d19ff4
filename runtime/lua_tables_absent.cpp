// lua_tables_absent.cpp: with a Lua that is not the bundled one, no value can be shown.
#include "runtime/lua_tables.h"

#ifndef MOONWRIGHT_BUNDLED_LUA

void moonwright_value_at(lua_State* /*L*/, int /*index*/, moonwright_value* value) { *value = {}; }
void moonwright_value_push(lua_State* /*L*/, const moonwright_value* /*value*/) {}
int moonwright_table_count(const void* /*table*/, moonwright_table_size* /*size*/,
                           unsigned /*slots*/) {
  return 1;
}
unsigned moonwright_table_slots(const void* /*table*/) { return 0; }
unsigned moonwright_table_next(const void* /*table*/, unsigned /*slot*/, moonwright_value* /*key*/,
                               moonwright_value* /*value*/) {
  return 0;
}
const void* moonwright_table_metatable(const void* /*table*/) { return nullptr; }

#endif
