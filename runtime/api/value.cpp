// value.cpp: Lua values on the C++ side.
#include "moonwright/value.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <optional>
#include <unordered_map>

namespace moonwright {

namespace {

const Value kNil;

// The integer that `number` is, as Lua converts floats to integers: exactly or not at all.
std::optional<std::int64_t> exact_integer(double number) noexcept {
  constexpr double kBound = 9223372036854775808.0;  // 2^63
  if (!(number >= -kBound && number < kBound)) return std::nullopt;
  const auto integer = static_cast<std::int64_t>(number);
  if (static_cast<double>(integer) != number) return std::nullopt;
  return integer;
}

// Lua's raw equality: tables by identity.
bool raw_equal(const Value& a, const Value& b) noexcept {
  if (a.is_number() && b.is_number()) {
    if (a.is_integer() && b.is_integer()) return a.as_integer() == b.as_integer();
    if (a.is_float() && b.is_float()) return a.as_float() == b.as_float();
    const double real = a.is_float() ? a.as_float() : b.as_float();
    const std::int64_t integer = a.is_integer() ? a.as_integer() : b.as_integer();
    return exact_integer(real) == integer;
  }
  if (a.type_name() != b.type_name()) return false;
  if (a.is_boolean()) return a.as_boolean() == b.as_boolean();
  if (a.is_string()) return a.as_string() == b.as_string();
  if (a.is_ref()) return a.as_ref() == b.as_ref();
  if (a.is_table()) return &a.as_table() == &b.as_table();
  return true;
}

// Compares tables by their entries, wherever they are kept.
class DeepEqual {
 public:
  bool values(const Value& a, const Value& b) {
    if (!a.is_table() || !b.is_table()) return raw_equal(a, b);
    if (&a.as_table() == &b.as_table()) return true;
    if (depth_ == kDepthMax) return false;
    // A graph in which tables share tables has exponentially many paths but few tables.
    const bool shared = a.table_pointer().use_count() > 2;
    if (shared && is_known(a.as_table(), b.as_table())) return true;
    ++depth_;
    const bool equal = tables(a.as_table(), b.as_table());
    --depth_;
    if (equal && shared) known_[&a.as_table()] = &b.as_table();
    return equal;
  }

 private:
  static constexpr int kDepthMax = 200;

  bool is_known(const Table& a, const Table& b) const {
    const auto known = known_.find(&a);
    return known != known_.end() && known->second == &b;
  }

  static std::size_t entries(const Table& table) {
    const auto holes = std::count_if(table.elements().begin(), table.elements().end(),
                                     [](const Value& element) { return element.is_nil(); });
    return table.elements().size() - static_cast<std::size_t>(holes) + table.fields().size();
  }

  bool tables(const Table& a, const Table& b) {
    if (entries(a) != entries(b)) return false;
    for (std::size_t i = 0; i < a.elements().size(); ++i) {
      const Value& element = a.elements()[i];
      if (!element.is_nil() && !values(element, b.get(Value(i + 1)))) return false;
    }
    for (std::size_t i = 0; i < a.fields().size(); ++i) {
      const auto& [key, value] = a.fields()[i];
      // Most equal tables were built in the same order.
      const bool in_place = i < b.fields().size() && raw_equal(b.fields()[i].first, key);
      if (!values(value, in_place ? b.fields()[i].second : b.get(key))) return false;
    }
    return true;
  }

  int depth_ = 0;
  std::unordered_map<const Table*, const Table*> known_;  // pairs that were found equal
};

// Any total order in which equal keys are neighbours and integers ascend. No key is NaN.
bool key_less(const Value& a, const Value& b) {
  if (a.type_name() != b.type_name()) return a.type_name() < b.type_name();
  if (a.is_string()) return a.as_string() < b.as_string();
  if (a.is_integer()) return a.as_integer() < b.as_integer();
  if (a.is_float()) return a.as_float() < b.as_float();
  if (a.is_ref()) return a.as_ref().id() < b.as_ref().id();
  if (a.is_table()) return std::less<>{}(&a.as_table(), &b.as_table());
  return a.as_boolean() < b.as_boolean();
}

bool is_key(const Value& key) {
  return !key.is_nil() && !(key.is_float() && std::isnan(key.as_float()));
}

// Lua keeps a float key with an integral value as that integer.
void normalize(Value& key) {
  if (!key.is_float()) return;
  if (const auto integer = exact_integer(key.as_float())) key = *integer;
}

}  // namespace

Value::Value(Table table) : data_(std::make_shared<const Table>(std::move(table))) {}

std::string_view Value::type_name() const noexcept {
  constexpr std::array<std::string_view, 7> kNames = {"nil",    "boolean", "integer", "float",
                                                      "string", "actor",   "table"};
  return kNames[data_.index()];
}

bool Value::as_boolean(bool otherwise) const noexcept {
  const auto* value = std::get_if<bool>(&data_);
  return value != nullptr ? *value : otherwise;
}

std::int64_t Value::as_integer(std::int64_t otherwise) const noexcept {
  if (const auto* value = std::get_if<std::int64_t>(&data_)) return *value;
  if (const auto* value = std::get_if<double>(&data_)) {
    return exact_integer(*value).value_or(otherwise);
  }
  return otherwise;
}

double Value::as_float(double otherwise) const noexcept {
  if (const auto* value = std::get_if<double>(&data_)) return *value;
  if (const auto* value = std::get_if<std::int64_t>(&data_)) return static_cast<double>(*value);
  return otherwise;
}

std::string_view Value::as_string(std::string_view otherwise) const noexcept {
  const auto* value = std::get_if<std::string>(&data_);
  return value != nullptr ? std::string_view(*value) : otherwise;
}

ActorRef Value::as_ref() const noexcept {
  const auto* value = std::get_if<ActorRef>(&data_);
  return value != nullptr ? *value : ActorRef();
}

const Table& Value::as_table() const noexcept {
  static const Table kEmpty;
  const auto* value = std::get_if<std::shared_ptr<const Table>>(&data_);
  return value != nullptr ? **value : kEmpty;
}

std::shared_ptr<const Table> Value::table_pointer() const noexcept {
  const auto* value = std::get_if<std::shared_ptr<const Table>>(&data_);
  return value != nullptr ? *value : nullptr;
}

const Value& Value::operator[](std::string_view key) const noexcept {
  for (const auto& [name, value] : as_table().fields()) {
    if (name.is_string() && name.as_string() == key) return value;
  }
  return kNil;
}

const Value& Value::operator[](std::int64_t index) const noexcept { return as_table().get(index); }

bool operator==(const Value& a, const Value& b) noexcept { return DeepEqual().values(a, b); }

void Table::set(Value key, Value value) {
  if (!is_key(key)) return;
  normalize(key);
  const std::int64_t index = key.is_integer() ? key.as_integer() : 0;
  if (index >= 1 && static_cast<std::uint64_t>(index) <= elements_.size()) {
    elements_[static_cast<std::size_t>(index - 1)] = std::move(value);
    return;
  }
  const auto field = std::find_if(fields_.begin(), fields_.end(), [&key](const Field& other) {
    return raw_equal(other.first, key);
  });
  if (field != fields_.end()) {
    if (value.is_nil()) {
      fields_.erase(field);
    } else {
      field->second = std::move(value);
    }
  } else if (!value.is_nil()) {
    if (index >= 1 && static_cast<std::uint64_t>(index) == elements_.size() + 1) {
      append(std::move(value));
    } else {
      fields_.emplace_back(std::move(key), std::move(value));
    }
  }
}

void Table::append(Value value) {
  elements_.push_back(std::move(value));
  if (!fields_.empty()) take_continuing_fields();
}

// Keeps every integer key either within the elements or apart from their end.
void Table::take_continuing_fields() {
  const auto at_end = [this](std::size_t index) {
    return std::find_if(fields_.begin(), fields_.end(), [index](const Field& field) {
      return field.first.is_integer() &&
             field.first.as_integer() == static_cast<std::int64_t>(index);
    });
  };
  // The field that append() has just covered.
  if (const auto covered = at_end(elements_.size()); covered != fields_.end()) {
    fields_.erase(covered);
  }
  for (auto next = at_end(elements_.size() + 1); next != fields_.end();
       next = at_end(elements_.size() + 1)) {
    elements_.push_back(std::move(next->second));
    fields_.erase(next);
  }
}

const Value& Table::get(const Value& key) const noexcept {
  if (key.is_number()) {
    const std::int64_t index = key.as_integer();
    if (index >= 1 && static_cast<std::uint64_t>(index) <= elements_.size()) {
      return elements_[static_cast<std::size_t>(index - 1)];
    }
  }
  for (const Field& field : fields_) {
    if (raw_equal(field.first, key)) return field.second;
  }
  return kNil;
}

Table Table::adopt(Values elements, std::vector<Field> fields) {
  Table table;
  table.elements_ = std::move(elements);
  for (Field& field : fields) normalize(field.first);
  std::erase_if(fields, [](const Field& field) { return !is_key(field.first); });
  std::stable_sort(fields.begin(), fields.end(),
                   [](const Field& a, const Field& b) { return key_less(a.first, b.first); });
  table.fields_.reserve(fields.size());
  for (std::size_t i = 0; i < fields.size(); ++i) {
    auto& [key, value] = fields[i];
    if (i + 1 < fields.size() && raw_equal(key, fields[i + 1].first)) continue;
    const auto index = key.is_integer() ? static_cast<std::uint64_t>(key.as_integer()) : 0;
    if (index >= 1 && index <= table.elements_.size()) {
      table.elements_[index - 1] = std::move(value);
    } else if (value.is_nil()) {
      continue;
    } else if (index == table.elements_.size() + 1) {
      table.elements_.push_back(std::move(value));
    } else {
      table.fields_.emplace_back(std::move(key), std::move(value));
    }
  }
  return table;
}

}  // namespace moonwright
