// table_sort.cpp: quicksort down to a few elements, which are sorted on the Lua stack; heap sort
// where the splits turn out badly.
#include "runtime/table_sort.hpp"

#include <algorithm>
#include <bit>
#include <climits>
#include <lua.hpp>

#include "runtime/table_access.hpp"
#include "runtime/toll.hpp"

namespace moonwright::runtime {
namespace {

/// Sorts the elements of the value at 1 by the order function at 2, nil for `<`.
class Sorter {
 public:
  Sorter(lua_State* L, Toll& toll) : L_(L), toll_(toll), by_function_(!lua_isnil(L, 2)) {}

  void sort(lua_Integer count) {
    const int levels = static_cast<int>(std::bit_width(static_cast<lua_Unsigned>(count)));
    sort_range(1, count, 2 * levels);
  }

 private:
  static constexpr lua_Integer kFew = 16;
  static constexpr std::size_t kShortString = 64;  ///< comparing it is one step
  static constexpr std::size_t kStepsPerCall = 8;  ///< what calling an order function counts as

  void sort_range(lua_Integer first, lua_Integer last, int splits);
  lua_Integer split(lua_Integer first, lua_Integer last);
  void sort_few(lua_Integer first, lua_Integer last);
  void sort_by_heap(lua_Integer first, lua_Integer last);
  void sift_down(lua_Integer first, lua_Integer root, lua_Integer count);

  /// Whether the value at the stack index `a` comes before that at `b`. Both absolute.
  bool less(int a, int b);
  /// Pushes element `i` and answers where it is on the stack.
  int push(lua_Integer i) {
    lua_geti(L_, 1, i);
    return lua_gettop(L_);
  }
  void swap(lua_Integer i, lua_Integer j);
  /// Swaps the elements `i` and `j` if they are in the wrong order.
  bool put_in_order(lua_Integer i, lua_Integer j);

  lua_State* const L_;
  Toll& toll_;
  const bool by_function_;
};

bool Sorter::less(int a, int b) {
  if (by_function_) {
    toll_.pay(kStepsPerCall);
    lua_pushvalue(L_, 2);
    lua_pushvalue(L_, a);
    lua_pushvalue(L_, b);
    lua_call(L_, 2, 1);
    const bool answer = lua_toboolean(L_, -1) != 0;
    lua_pop(L_, 1);
    return answer;
  }
  toll_.pay(1);
  if (lua_type(L_, a) == LUA_TSTRING) {
    const std::size_t size = lua_rawlen(L_, a);
    if (size > kShortString) {
      toll_.pay(std::min<std::size_t>(size, lua_rawlen(L_, b)) / Toll::kBytesPerStep);
    }
  }
  return lua_compare(L_, a, b, LUA_OPLT) != 0;
}

void Sorter::swap(lua_Integer i, lua_Integer j) {
  push(i);
  push(j);
  lua_seti(L_, 1, i);
  lua_seti(L_, 1, j);
}

bool Sorter::put_in_order(lua_Integer i, lua_Integer j) {
  const int first = push(i);
  const int second = push(j);
  const bool wrong = less(second, first);
  if (wrong) {
    lua_seti(L_, 1, i);
    lua_seti(L_, 1, j);
  } else {
    lua_pop(L_, 2);
  }
  return wrong;
}

/// Sorts the elements `first` to `last`. Recurses into the shorter part, so not deep; after
/// `splits` splits on the way down the range is left to the heap sort.
void Sorter::sort_range(lua_Integer first, lua_Integer last, int splits) {
  while (last - first >= kFew) {
    if (splits-- == 0) return sort_by_heap(first, last);
    const lua_Integer middle = split(first, last);
    if (middle - first < last - middle) {
      sort_range(first, middle - 1, splits);
      first = middle + 1;
    } else {
      sort_range(middle + 1, last, splits);
      last = middle - 1;
    }
  }
  sort_few(first, last);
}

/// Takes the median of three elements and moves what comes before it to its left, what comes after
/// it to its right; equal elements may go either way. Answers where it ends up.
lua_Integer Sorter::split(lua_Integer first, lua_Integer last) {
  const lua_Integer centre = first + (last - first) / 2;
  put_in_order(first, centre);
  if (put_in_order(centre, last)) put_in_order(first, centre);
  // The median waits next to the end. The scans are bounded by the range, not by what the order
  // function should answer.
  const lua_Integer parked = last - 1;
  swap(centre, parked);
  const int median = push(parked);
  lua_Integer low = first + 1;
  lua_Integer high = parked - 1;
  for (;;) {
    int left = 0;
    for (; low <= high; ++low) {
      left = push(low);
      if (!less(left, median)) break;
      lua_pop(L_, 1);
    }
    if (low > high) break;
    for (; high > low; --high) {
      const int right = push(high);
      if (!less(median, right)) break;
      lua_pop(L_, 1);
    }
    if (high == low) {
      lua_pop(L_, 1);
      break;
    }
    lua_seti(L_, 1, low++);
    lua_seti(L_, 1, high--);
  }
  lua_pop(L_, 1);
  swap(low, parked);
  return low;
}

/// Binary insertion on the stack: few comparisons, and the elements stay where they are meanwhile.
void Sorter::sort_few(lua_Integer first, lua_Integer last) {
  const int base = lua_gettop(L_) + 1;
  bool moved = false;
  for (lua_Integer i = first; i <= last; ++i) {
    const int added = push(i);
    int low = base;
    for (int high = added; low < high;) {
      const int middle = low + (high - low) / 2;
      if (less(added, middle)) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    moved = moved || low != added;
    lua_insert(L_, low);
  }
  if (!moved) return lua_settop(L_, base - 1);
  for (lua_Integer i = last; i >= first; --i) lua_seti(L_, 1, i);
}

void Sorter::sort_by_heap(lua_Integer first, lua_Integer last) {
  const lua_Integer count = last - first + 1;
  for (lua_Integer root = count / 2; root-- > 0;) sift_down(first, root, count);
  for (lua_Integer left = count - 1; left > 0; --left) {
    swap(first, first + left);
    sift_down(first, 0, left);
  }
}

/// Lets the element at `root` sink in the heap of `count` elements from `first` on. Swaps at each
/// level, so that no element is ever only on the stack.
void Sorter::sift_down(lua_Integer first, lua_Integer root, lua_Integer count) {
  for (;;) {
    lua_Integer child = 2 * root + 1;
    if (child >= count) return;
    int greatest = push(first + child);
    if (child + 1 < count) {
      const int other = push(first + child + 1);
      if (less(greatest, other)) {
        ++child;
        lua_replace(L_, greatest);
      } else {
        lua_pop(L_, 1);
      }
    }
    const int sinking = push(first + root);
    if (!less(sinking, greatest)) {
      lua_pop(L_, 2);
      return;
    }
    lua_seti(L_, 1, first + child);
    lua_seti(L_, 1, first + root);
    root = child;
  }
}

}  // namespace

int sort(lua_State* L) {
  const lua_Integer count = checked_length(L, kRead | kWrite);
  if (count <= 1) return 0;
  luaL_argcheck(L, count < INT_MAX && static_cast<lua_Unsigned>(count) <= elements_max(L), 1,
                "array too big");
  if (!lua_isnoneornil(L, 2)) luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  luaL_checkstack(L, 2 * LUA_MINSTACK, "cannot sort");
  Toll toll(L);
  Sorter(L, toll).sort(count);
  toll.settle();
  return 0;
}

}  // namespace moonwright::runtime
