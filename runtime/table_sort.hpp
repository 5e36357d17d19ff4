// table_sort.hpp: table.sort.
#pragma once

struct lua_State;

namespace moonwright::runtime {

/// `table.sort`: in place, with at most some n log n comparisons whatever the order function
/// answers. One that contradicts itself leaves the elements in an unspecified order and is no
/// error. At every call of the order function the elements are all there; it may wait, yield and be
/// preempted. A C closure with one upvalue, nil at first.
int sort(lua_State* L);

}  // namespace moonwright::runtime
