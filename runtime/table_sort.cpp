// table_sort.cpp: quicksort down to a few elements, which are sorted on the Lua stack; heap sort
// where the splits turn out badly.
//
// A script has to be able to give way in the middle of it. Where it sorts by a function of its own
// or by `__lt`, the loops are therefore written in Lua, in which every call can be interrupted;
// they are no slower, as Lua calls a Lua function with less ado than C does. Elements that are
// compared by Lua itself are sorted in C, large arrays part by part, with a little Lua in between.
#include "runtime/table_sort.hpp"

#include <algorithm>
#include <bit>
#include <climits>
#include <lua.hpp>
#include <string_view>

#include "runtime/code.hpp"
#include "runtime/table_access.hpp"
#include "runtime/toll.hpp"

namespace moonwright::runtime {
namespace {

/// Sorts the elements of the value at 1 as `<` has it.
class Sorter {
 public:
  explicit Sorter(lua_State* L, Toll& toll) : L_(L), toll_(toll) {}

  void sort(lua_Integer first, lua_Integer last) {
    const auto count = static_cast<lua_Unsigned>(last - first + 1);
    sort_range(first, last, 2 * static_cast<int>(std::bit_width(count)));
  }

  /// What a split has still to look at: the elements `low` to `high`.
  struct Range {
    lua_Integer low;
    lua_Integer high;
    [[nodiscard]] bool is_done() const noexcept { return low >= high; }
  };

  /// The steps of a split of `first` to `last`, at least four elements. The median of three is
  /// taken to the place before the last; what comes before it is moved to its left, what comes
  /// after it to its right, equal elements either way; and it goes to where they meet, which is
  /// the answer. split_part() returns after about `allowed` elements.
  Range begin_split(lua_Integer first, lua_Integer last);
  Range split_part(Range range, lua_Integer parked, lua_Integer allowed);
  lua_Integer end_split(Range range, lua_Integer parked);

 private:
  static constexpr lua_Integer kFew = 16;
  static constexpr std::size_t kShortString = 64;  ///< comparing it is one step

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
};

bool Sorter::less(int a, int b) {
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

Sorter::Range Sorter::begin_split(lua_Integer first, lua_Integer last) {
  const lua_Integer centre = first + (last - first) / 2;
  put_in_order(first, centre);
  if (put_in_order(centre, last)) put_in_order(first, centre);
  swap(centre, last - 1);
  return {first + 1, last - 2};
}

Sorter::Range Sorter::split_part(Range range, lua_Integer parked, lua_Integer allowed) {
  lua_Integer low = range.low;
  lua_Integer high = range.high;
  const lua_Integer least = high - low - allowed;
  const int median = push(parked);
  // The scans are bounded by the range, not by what comparing should answer.
  const auto goes_on = [&] { return high - low > least; };
  while (goes_on()) {
    bool found = false;
    int left = 0;
    for (; low <= high && goes_on(); ++low) {
      left = push(low);
      found = !less(left, median);
      if (found) break;
      lua_pop(L_, 1);
    }
    if (!found) break;
    found = false;
    for (; low < high && goes_on(); --high) {
      const int right = push(high);
      found = !less(median, right);
      if (found) break;
      lua_pop(L_, 1);
    }
    if (!found) {
      lua_pop(L_, 1);
      break;
    }
    lua_seti(L_, 1, low++);
    lua_seti(L_, 1, high--);
  }
  lua_pop(L_, 1);
  return {low, high};
}

lua_Integer Sorter::end_split(Range range, lua_Integer parked) {
  // One element may be left that was not looked at.
  if (range.low == range.high) range = split_part(range, parked, 1);
  swap(range.low, parked);
  return range.low;
}

lua_Integer Sorter::split(lua_Integer first, lua_Integer last) {
  const lua_Integer parked = last - 1;
  const Range range = begin_split(first, last);
  return end_split(split_part(range, parked, LUA_MAXINTEGER), parked);
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

// In Lua -----------------------------------------------------------------------------------------

/// More are sorted part by part.
constexpr lua_Integer kLarge = 16'384;

/// What sorts where a script may have to give way. Its locals are functions of ours; it uses no
/// globals. The elements of a table are all in it whenever a function of the script is called.
constexpr std::string_view kSource = R"lua(
local begin_split, split_part, end_split, sort_range, large = ...

local function insert(t, first, last, before)
  for i = first + 1, last do
    local value = t[i]
    local low, high = first, i
    while low < high do
      local middle = (low + high) >> 1
      if before(value, t[middle]) then high = middle else low = middle + 1 end
    end
    if low ~= i then
      for j = i, low + 1, -1 do t[j] = t[j - 1] end
      t[low] = value
    end
  end
end

local function sift_down(t, first, root, count, before)
  local sinking = t[first + root]
  while true do
    local child = 2 * root + 1
    if child >= count then return end
    local greatest = t[first + child]
    if child + 1 < count then
      local other = t[first + child + 1]
      if before(greatest, other) then child, greatest = child + 1, other end
    end
    if not before(sinking, greatest) then return end
    t[first + root], t[first + child] = greatest, sinking
    root = child
  end
end

local function sort_by_heap(t, first, last, before)
  local count = last - first + 1
  for root = count // 2 - 1, 0, -1 do sift_down(t, first, root, count, before) end
  for left = count - 1, 1, -1 do
    t[first], t[first + left] = t[first + left], t[first]
    sift_down(t, first, 0, left, before)
  end
end

local function split(t, first, last, before)
  local centre, parked = (first + last) >> 1, last - 1
  local a, median, c = t[first], t[centre], t[last]
  if before(median, a) then a, median = median, a end
  if before(c, median) then
    median, c = c, median
    if before(median, a) then a, median = median, a end
  end
  t[first], t[last] = a, c
  t[centre] = t[parked]
  t[parked] = median
  local low, high = first + 1, parked - 1
  while true do
    local left = t[low]
    while low <= high and before(left, median) do
      low = low + 1
      left = t[low]
    end
    local right = t[high]
    while low < high and before(median, right) do
      high = high - 1
      right = t[high]
    end
    if low >= high then break end
    t[low], t[high] = right, left
    low, high = low + 1, high - 1
  end
  t[parked], t[low] = t[low], median
  return low
end

local function sort(t, first, last, splits, before)
  while last - first >= 8 do
    if splits == 0 then return sort_by_heap(t, first, last, before) end
    splits = splits - 1
    local middle = split(t, first, last, before)
    if middle - first < last - middle then
      sort(t, first, middle - 1, splits, before)
      first = middle + 1
    else
      sort(t, middle + 1, last, splits, before)
      last = middle - 1
    end
  end
  insert(t, first, last, before)
end

local function sort_large(t, first, last, splits)
  while last - first >= large and splits > 0 do
    splits = splits - 1
    local low, high = begin_split(t, first, last)
    while low < high do low, high = split_part(t, low, high, last - 1) end
    local middle = end_split(t, low, high, last - 1)
    if middle - first < last - middle then
      sort_large(t, first, middle - 1, splits)
      first = middle + 1
    else
      sort_large(t, middle + 1, last, splits)
      last = middle - 1
    end
  end
  sort_range(t, first, last)
end

return function(t, count, before)
  local splits = 0
  while count >> splits // 2 ~= 0 do splits = splits + 2 end
  if before then return sort(t, 1, count, splits, before) end
  return sort_large(t, 1, count, splits)
end
)lua";

/// One split is interrupted after so many elements.
constexpr lua_Integer kPart = 8'192;

int begin_split(lua_State* L) {
  Toll toll(L);
  const auto range = Sorter(L, toll).begin_split(lua_tointeger(L, 2), lua_tointeger(L, 3));
  lua_pushinteger(L, range.low);
  lua_pushinteger(L, range.high);
  return 2;
}

int split_part(lua_State* L) {
  Toll toll(L);
  const auto range = Sorter(L, toll).split_part({lua_tointeger(L, 2), lua_tointeger(L, 3)},
                                                lua_tointeger(L, 4), kPart);
  toll.settle();
  lua_pushinteger(L, range.low);
  lua_pushinteger(L, range.high);
  return 2;
}

int end_split(lua_State* L) {
  Toll toll(L);
  lua_pushinteger(L, Sorter(L, toll).end_split({lua_tointeger(L, 2), lua_tointeger(L, 3)},
                                               lua_tointeger(L, 4)));
  return 1;
}

int sort_range(lua_State* L) {
  luaL_checkstack(L, 2 * LUA_MINSTACK, "cannot sort");
  Toll toll(L);
  Sorter(L, toll).sort(lua_tointeger(L, 2), lua_tointeger(L, 3));
  toll.settle();
  return 0;
}

int truth(lua_State* L, int, lua_KContext) {
  lua_pushboolean(L, lua_toboolean(L, -1));
  return 1;
}

/// `a < b` as an order function, in which `__lt` can be interrupted.
int less_than(lua_State* L) {
  const int a = lua_type(L, 1);
  const bool is_basic = a == lua_type(L, 2) && (a == LUA_TNUMBER || a == LUA_TSTRING);
  if (is_basic || (luaL_getmetafield(L, 1, "__lt") == LUA_TNIL &&
                   luaL_getmetafield(L, 2, "__lt") == LUA_TNIL)) {
    lua_pushboolean(L, lua_compare(L, 1, 2, LUA_OPLT));
    return 1;
  }
  lua_insert(L, 1);
  lua_callk(L, 2, 1, 0, truth);
  return truth(L, LUA_OK, 0);
}

/// Pushes what the source above returns. Made when it is first needed, and kept in the upvalue of
/// `sort`; compiled once in a process.
void push_sorter(lua_State* L) {
  constexpr int kSorter = lua_upvalueindex(1);
  lua_pushvalue(L, kSorter);
  if (!lua_isnil(L, -1)) return;
  lua_pop(L, 1);
  static const auto& code = *new Result<Code>(compile(kSource, "=table.sort"));  // for good
  if (!code) luaL_error(L, "%s", code.error().message.c_str());
  code->push(L);
  for (const lua_CFunction function : {begin_split, split_part, end_split, sort_range}) {
    lua_pushcfunction(L, function);
  }
  lua_pushinteger(L, kLarge);
  lua_call(L, 5, 1);
  lua_copy(L, -1, kSorter);
}

int finish(lua_State*, int, lua_KContext) { return 0; }

/// Whether comparing the value at the top, which is popped, may call a function.
bool pop_may_call(lua_State* L) {
  const int type = lua_type(L, -1);
  lua_pop(L, 1);
  return type != LUA_TNUMBER && type != LUA_TSTRING;
}

}  // namespace

int sort(lua_State* L) {
  const lua_Integer count = checked_length(L, kRead | kWrite);
  if (count <= 1) return 0;
  luaL_argcheck(L, count < INT_MAX && static_cast<lua_Unsigned>(count) <= elements_max(L), 1,
                "array too big");
  bool by_function = !lua_isnoneornil(L, 2);
  if (by_function) luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  if (!by_function) {
    // Of what kind they are is judged by the first.
    lua_geti(L, 1, 1);
    by_function = pop_may_call(L);
    if (by_function) {
      lua_pushcfunction(L, less_than);
      lua_replace(L, 2);
    }
  }
  if (!by_function && count < kLarge) {
    luaL_checkstack(L, 2 * LUA_MINSTACK, "cannot sort");
    Toll toll(L);
    Sorter(L, toll).sort(1, count);
    toll.settle();
    return 0;
  }
  push_sorter(L);
  lua_pushvalue(L, 1);
  lua_pushinteger(L, count);
  lua_pushvalue(L, 2);
  lua_callk(L, 3, 0, 0, finish);
  return 0;
}

}  // namespace moonwright::runtime
