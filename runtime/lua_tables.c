/* lua_tables.c: see lua_tables.h. Compiled with Lua's own sources, as part of mw_lua. */
#define LUA_CORE
#include "lua_tables.h"

#include "lgc.h"
#include "lobject.h"
#include "lprefix.h"
#include "lstate.h"
#include "ltable.h"

static void show_string(const TString* string, MoonwrightValue* value) {
  value->kind = kMoonwrightString;
  value->as.object = string;
  value->text = getstr(string);
  value->size = tsslen(string);
}

static inline void show(lu_byte tag, const Value* from, MoonwrightValue* value) {
  switch (withvariant(tag)) {
    case LUA_VNUMINT:
      value->kind = kMoonwrightInteger;
      value->as.integer = from->i;
      break;
    case LUA_VNUMFLT:
      value->kind = kMoonwrightFloat;
      value->as.real = from->n;
      break;
    case LUA_VSHRSTR:
    case LUA_VLNGSTR: show_string(gco2ts(from->gc), value); break;
    case LUA_VTABLE:
      value->kind = kMoonwrightTable;
      value->as.object = from->gc;
      break;
    case LUA_VFALSE: value->kind = kMoonwrightFalse; break;
    case LUA_VTRUE: value->kind = kMoonwrightTrue; break;
    case LUA_VLCL:
    case LUA_VCCL:
      value->kind = kMoonwrightFunction;
      value->as.object = from->gc;
      break;
    case LUA_VLCF:
      value->kind = kMoonwrightCFunction;
      value->as.object = (const void*)from->f;
      break;
    case LUA_VUSERDATA:
      value->kind = kMoonwrightUserdata;
      value->as.object = from->gc;
      break;
    case LUA_VLIGHTUSERDATA:
      value->kind = kMoonwrightPointer;
      value->as.object = from->p;
      break;
    case LUA_VTHREAD:
      value->kind = kMoonwrightThread;
      value->as.object = from->gc;
      break;
    default: value->kind = kMoonwrightNil; break;
  }
}

void moonwright_value_at(lua_State* L, int index, MoonwrightValue* value) {
  const StkId base = L->ci->func.p;
  const TValue* slot = index > 0 ? s2v(base + index) : s2v(L->top.p + index);
  show(rawtt(slot), &val_(slot), value);
}

void moonwright_value_push(lua_State* L, const MoonwrightValue* value) {
  TValue* slot = s2v(L->top.p);
  if (value->kind == kMoonwrightCFunction) {
    setfvalue(slot, (lua_CFunction)value->as.object);
  } else {
    GCObject* object = (GCObject*)value->as.object;
    val_(slot).gc = object;
    settt_(slot, ctb(object->tt));
  }
  L->top.p++;
}

int moonwright_table_count(const void* table, MoonwrightTableSize* size, unsigned slots) {
  const Table* t = (const Table*)table;
  const unsigned array = luaH_realasize(t);
  const unsigned all = array + allocsizenode(t);
  const unsigned end = slots < all - size->slots ? size->slots + slots : all;
  unsigned at = size->slots;
  unsigned others = 0;
  if (size->elements == at) {
    while (at < end && at < array && !isempty(&t->array[at])) at++;
    size->elements = at;
  }
  for (; at < end && at < array; at++) others += !isempty(&t->array[at]);
  for (; at < end; at++) others += !isempty(gval(gnode(t, at - array)));
  size->others += others;
  size->slots = end;
  return end == all;
}

unsigned moonwright_table_slots(const void* table) {
  const Table* t = (const Table*)table;
  return luaH_realasize(t) + allocsizenode(t);
}

unsigned moonwright_table_next(const void* table, unsigned slot, MoonwrightValue* key,
                               MoonwrightValue* value) {
  const Table* t = (const Table*)table;
  const unsigned array = luaH_realasize(t);
  unsigned nodes;
  for (; slot < array; slot++) {
    const TValue* element = &t->array[slot];
    if (isempty(element)) continue;
    key->kind = kMoonwrightInteger;
    key->as.integer = (long long)slot + 1;
    show(rawtt(element), &val_(element), value);
    return slot + 1;
  }
  nodes = allocsizenode(t);
  for (slot -= array; slot < nodes; slot++) {
    const Node* node = gnode(t, slot);
    if (isempty(gval(node))) continue;
    show(node->u.key_tt, &node->u.key_val, key);
    show(rawtt(gval(node)), &val_(gval(node)), value);
    return array + slot + 1;
  }
  return 0;
}

const void* moonwright_table_metatable(const void* table) {
  return ((const Table*)table)->metatable;
}
