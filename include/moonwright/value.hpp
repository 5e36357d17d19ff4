// value.hpp: Lua values on the C++ side of the interface.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "moonwright/actor_ref.hpp"
#include "moonwright/export.hpp"

namespace moonwright {

class Table;

/// nil, a boolean, an integer, a float, a string of bytes, an actor reference or a table.
///
/// Tables are immutable once they are inside a Value and shared between its copies: a Value is
/// cheap to copy and can hold shared references, but no cycle. (Lua's cycles travel between
/// scripts; a message with a cycle that is meant for C++ is refused as `unsupported`.)
///
/// Thread: any; const use of one Value from several threads is safe.
class Value {
 public:
  Value() noexcept = default;
  Value(std::nullptr_t) noexcept {}
  /// A template, so that a pointer does not turn into a boolean.
  template <class T>
  requires std::is_same_v<T, bool> Value(T value)
  noexcept : data_(value) {}
  template <class T>
  requires(std::is_integral_v<T> && !std::is_same_v<T, bool>) Value(T value)
  noexcept : data_(static_cast<std::int64_t>(value)) {}
  template <class T>
  requires std::is_floating_point_v<T> Value(T value)
  noexcept : data_(static_cast<double>(value)) {}
  Value(const char* text) : data_(std::string(text)) {}
  Value(std::string_view text) : data_(std::string(text)) {}
  Value(std::string text) noexcept : data_(std::move(text)) {}
  Value(ActorRef ref) noexcept : data_(std::move(ref)) {}
  MOONWRIGHT_API Value(Table table);
  /// Shares the table; nil if there is none.
  Value(std::shared_ptr<const Table> table) noexcept {
    if (table != nullptr) data_ = std::move(table);
  }

  [[nodiscard]] bool is_nil() const noexcept { return data_.index() == 0; }
  [[nodiscard]] bool is_boolean() const noexcept { return data_.index() == 1; }
  [[nodiscard]] bool is_integer() const noexcept { return data_.index() == 2; }
  [[nodiscard]] bool is_float() const noexcept { return data_.index() == 3; }
  [[nodiscard]] bool is_number() const noexcept { return is_integer() || is_float(); }
  [[nodiscard]] bool is_string() const noexcept { return data_.index() == 4; }
  [[nodiscard]] bool is_ref() const noexcept { return data_.index() == 5; }
  [[nodiscard]] bool is_table() const noexcept { return data_.index() == 6; }

  /// "nil", "boolean", "integer", "float", "string", "actor" or "table".
  [[nodiscard]] MOONWRIGHT_API std::string_view type_name() const noexcept;

  /// The value itself, or `otherwise` if it is of another type. as_integer() takes a float with an
  /// integral value too, as_float() an integer, as Lua's own conversions do.
  [[nodiscard]] MOONWRIGHT_API bool as_boolean(bool otherwise = false) const noexcept;
  [[nodiscard]] MOONWRIGHT_API std::int64_t as_integer(std::int64_t otherwise = 0) const noexcept;
  [[nodiscard]] MOONWRIGHT_API double as_float(double otherwise = 0) const noexcept;
  /// Borrowed from this Value.
  [[nodiscard]] MOONWRIGHT_API std::string_view as_string(
      std::string_view otherwise = {}) const noexcept;
  /// The empty reference if it is none.
  [[nodiscard]] MOONWRIGHT_API ActorRef as_ref() const noexcept;
  /// Borrowed from this Value; an empty table if it is none.
  [[nodiscard]] MOONWRIGHT_API const Table& as_table() const noexcept;
  /// Null if it is no table. Two Values that share a table return the same pointer.
  [[nodiscard]] MOONWRIGHT_API std::shared_ptr<const Table> table_pointer() const noexcept;

  /// The entry of a table under a string key or an index from 1; nil if there is none or if this is
  /// no table.
  [[nodiscard]] MOONWRIGHT_API const Value& operator[](std::string_view key) const noexcept;
  [[nodiscard]] MOONWRIGHT_API const Value& operator[](std::int64_t index) const noexcept;

  /// Deep comparison, with Lua's `==` on each leaf: an integer equals a float of the same value,
  /// NaN equals nothing. The order of a table's fields does not matter. Tables compare by identity
  /// where they are keys, and below 200 levels of nesting; one table always equals itself.
  friend MOONWRIGHT_API bool operator==(const Value& a, const Value& b) noexcept;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, ActorRef,
               std::shared_ptr<const Table>>
      data_;
};

/// Arguments and results: a list of values, in order.
using Values = std::vector<Value>;

/// A Lua table to be: elements 1..n, and fields under any other key.
///
/// Not an index: get() is linear in the number of fields, set() too. It is meant to carry a
/// message, not to compute on. Elements may be nil, as arguments may; fields are not.
///
/// Thread: as std::vector.
class Table {
 public:
  using Field = std::pair<Value, Value>;

  Table() = default;
  /// `Table{{"id", 7}, {"name", "x"}}`: fields by key.
  Table(std::initializer_list<Field> fields) {
    for (const Field& field : fields) set(field.first, field.second);
  }
  /// `Table::list({1, 2, 3})`: elements from index 1 on.
  [[nodiscard]] static Table list(Values elements) {
    Table table;
    table.elements_ = std::move(elements);
    return table;
  }

  /// Sets the entry of `key`. Nil values remove; nil and NaN keys are ignored, as no Lua table can
  /// hold them. Integer keys that continue the elements become elements, and a float key with an
  /// integral value is that integer.
  MOONWRIGHT_API void set(Value key, Value value);
  /// Sets the entry after the last element.
  MOONWRIGHT_API void append(Value value);

  /// Nil if there is no such entry; a table as a key is found by identity. Borrowed from this
  /// Table.
  [[nodiscard]] MOONWRIGHT_API const Value& get(const Value& key) const noexcept;

  [[nodiscard]] const Values& elements() const noexcept { return elements_; }
  [[nodiscard]] const std::vector<Field>& fields() const noexcept { return fields_; }
  [[nodiscard]] bool empty() const noexcept { return elements_.empty() && fields_.empty(); }

  /// For the runtime's own use: set() for many fields at once, in n log n. The later of two fields
  /// with the same key wins. Sorts the fields by key.
  [[nodiscard]] static Table adopt(Values elements, std::vector<Field> fields);

 private:
  void take_continuing_fields();

  Values elements_;
  std::vector<Field> fields_;
};

}  // namespace moonwright
