// value_codec.cpp: C++ values to bytes and back, in the format of the Lua codec.
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "runtime/codec.hpp"
#include "runtime/refusal.hpp"
#include "runtime/wire_reader.hpp"
#include "runtime/wire_writer.hpp"

namespace moonwright::runtime {

namespace {

using wire::Kind;
using wire::Token;

class ValueEncoder {
 public:
  ValueEncoder(const MessageLimits& limits, ByteBuffer& out, RefList& refs)
      : limits_(limits),
        writer_(out, limits.bytes_max),
        refs_(refs),
        entries_left_(limits.entries_max) {}

  bool run(const Values& values) {
    if (!writer_.begin()) return refuse_bytes();
    for (const Value& each : values) {
      ++argument_;
      if (!claim_entry() || !value(each, 1)) return false;
    }
    return writer_.finish(shared_) || refuse_bytes();
  }

  // Why run() answered false.
  Error refusal() {
    return refusal_ ? refusal_->end(argument_)
                    : Error{ErrorCode::memory_limit, "out of memory", {}};
  }

 private:
  bool value(const Value& value, std::uint32_t depth);
  bool actor(const ActorRef& ref);
  bool table(const Table& table, std::uint32_t depth);
  bool elements(const Table& table, std::uint32_t depth);
  bool fields(const Table& table, std::uint32_t depth);

  bool claim_entry() {
    if (entries_left_ == 0) {
      refusal_.emplace().too_many_entries(limits_);
      return false;
    }
    --entries_left_;
    return true;
  }
  bool refuse_bytes() {
    if (!writer_.out_of_memory()) refusal_.emplace().too_many_bytes(limits_);
    return false;
  }
  void add_step(const Value& key);

  const MessageLimits& limits_;
  wire::Writer writer_;
  RefList& refs_;
  SeenTables seen_;
  std::uint32_t entries_left_;
  int argument_ = 0;
  bool shared_ = false;             // a back reference has been written
  std::optional<Refusal> refusal_;  // if none, a failure is for want of memory
};

bool ValueEncoder::value(const Value& value, std::uint32_t depth) {
  if (value.is_string()) return writer_.string(value.as_string()) || refuse_bytes();
  if (value.is_integer()) return writer_.integer(value.as_integer()) || refuse_bytes();
  if (value.is_float()) return writer_.real(value.as_float()) || refuse_bytes();
  if (value.is_table()) return table(value.as_table(), depth);
  if (value.is_ref()) return actor(value.as_ref());
  if (value.is_nil()) return writer_.nil() || refuse_bytes();
  return writer_.boolean(value.as_boolean()) || refuse_bytes();
}

bool ValueEncoder::actor(const ActorRef& ref) {
  if (!ref) {
    refusal_.emplace().begin(ErrorCode::invalid_argument,
                             "the reference is empty (send nil, or the reference of an actor)");
    return false;
  }
  const auto number = static_cast<std::uint32_t>(refs_.size());
  refs_.push_back(ref);
  return writer_.extension(wire::kExtActor, number) || refuse_bytes();
}

bool ValueEncoder::table(const Table& table, std::uint32_t depth) {
  const std::uint32_t number = seen_.visit(&table);
  if (number == SeenTables::kNoMemory) return false;
  if (number != SeenTables::kNew) {
    shared_ = true;
    return writer_.extension(wire::kExtTable, number) || refuse_bytes();
  }
  if (depth > limits_.depth_max) {
    refusal_.emplace().too_deep(limits_);
    return false;
  }
  // An empty table is a map, as in the Lua codec.
  if (table.elements().empty()) return fields(table, depth);
  if (table.fields().empty()) return elements(table, depth);
  if (!writer_.mixed(writer_.size())) return refuse_bytes();
  return elements(table, depth) && fields(table, depth);
}

bool ValueEncoder::elements(const Table& table, std::uint32_t depth) {
  const Values& list = table.elements();
  // A list of 2^32 or more is refused below, at its first entry too many: never mind its head.
  if (!writer_.head(false, static_cast<std::uint32_t>(list.size()))) return refuse_bytes();
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (!claim_entry() || !value(list[i], depth + 1)) {
      if (refusal_) refusal_->in_index(static_cast<std::int64_t>(i + 1));
      return false;
    }
  }
  return true;
}

bool ValueEncoder::fields(const Table& table, std::uint32_t depth) {
  if (!writer_.head(true, static_cast<std::uint32_t>(table.fields().size()))) {
    return refuse_bytes();
  }
  for (const auto& [key, item] : table.fields()) {
    if (!claim_entry() || !value(key, depth + 1) || !value(item, depth + 1)) {
      add_step(key);
      return false;
    }
  }
  return true;
}

void ValueEncoder::add_step(const Value& key) {
  if (!refusal_) return;
  if (key.is_string()) {
    refusal_->in_field(key.as_string());
  } else if (key.is_integer()) {
    refusal_->in_index(key.as_integer());
  } else {
    refusal_->in_other(key.type_name());
  }
}

class ValueDecoder {
 public:
  ValueDecoder(std::string_view bytes, const RefList& refs, std::uint32_t depth_max)
      : reader_(bytes), refs_(refs), depth_max_(depth_max) {}

  Result<Values> run() {
    shared_ = reader_.skip_shared_prefix();
    Values values;
    while (!reader_.at_end()) {
      if (!value(reader_.next(), 0, values.emplace_back())) return fail(std::move(error_));
    }
    return values;
  }

 private:
  bool value(const Token& token, std::uint32_t depth, Value& out);
  bool table(const Token& token, std::uint32_t depth, Value& out);
  bool elements(std::uint32_t count, std::uint32_t depth, Values& out);
  bool fields(std::uint32_t count, std::uint32_t depth, std::vector<Table::Field>& out);
  bool known_table(std::uint32_t number, Value& out);
  bool actor(std::uint32_t number, Value& out);

  wire::Reader reader_;
  const RefList& refs_;
  const std::uint32_t depth_max_;
  bool shared_ = false;
  std::vector<std::shared_ptr<const Table>> tables_;  // by number; null while under construction
  Error error_{ErrorCode::corrupt, "message is corrupt", {}};
};

// Answers false, with error_ set, if the bytes hold no value.
bool ValueDecoder::value(const Token& token, std::uint32_t depth, Value& out) {
  switch (token.kind) {
    case Kind::nil: return true;
    case Kind::boolean: out = token.count != 0; return true;
    case Kind::integer: out = token.integer; return true;
    case Kind::real: out = token.real; return true;
    case Kind::string: out = token.view(); return true;
    case Kind::array:
    case Kind::map:
    case Kind::mixed: return table(token, depth + 1, out);
    case Kind::table: return known_table(token.count, out);
    case Kind::actor: return actor(token.count, out);
    case Kind::object:
    case Kind::name:
    case Kind::corrupt: break;
  }
  return false;
}

bool ValueDecoder::table(const Token& token, std::uint32_t depth, Value& out) {
  if (depth > depth_max_) return false;
  const std::size_t number = tables_.size();
  if (shared_) tables_.emplace_back();

  Values list;
  std::vector<Table::Field> pairs;
  Token part = token.kind == Kind::mixed ? reader_.next() : token;
  if (token.kind == Kind::mixed && part.kind != Kind::array) return false;
  if (part.kind == Kind::array && !elements(part.count, depth, list)) return false;
  if (token.kind == Kind::mixed) part = reader_.next();
  if (token.kind != Kind::array && part.kind != Kind::map) return false;
  if (part.kind == Kind::map && !fields(part.count, depth, pairs)) return false;

  auto table = std::make_shared<const Table>(Table::adopt(std::move(list), std::move(pairs)));
  if (shared_) tables_[number] = table;
  out = std::move(table);
  return true;
}

bool ValueDecoder::elements(std::uint32_t count, std::uint32_t depth, Values& out) {
  out.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (!value(reader_.next(), depth, out.emplace_back())) return false;
  }
  return true;
}

bool ValueDecoder::fields(std::uint32_t count, std::uint32_t depth,
                          std::vector<Table::Field>& out) {
  out.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    auto& [key, item] = out.emplace_back();
    if (!value(reader_.next(), depth, key) || !value(reader_.next(), depth, item)) return false;
    if (key.is_nil() || (key.is_float() && std::isnan(key.as_float()))) return false;
  }
  return true;
}

bool ValueDecoder::known_table(std::uint32_t number, Value& out) {
  if (number >= tables_.size()) return false;
  if (tables_[number] == nullptr) {
    error_ = {ErrorCode::unsupported,
              "message has a table that contains itself (only scripts can receive cycles)",
              {}};
    return false;
  }
  out = tables_[number];
  return true;
}

bool ValueDecoder::actor(std::uint32_t number, Value& out) {
  const std::uint32_t index = number & ~wire::kControlBit;  // C++ has control anyway
  if (index >= refs_.size() || !refs_[index]) return false;
  out = refs_[index];
  return true;
}

}  // namespace

Result<void> encode_values(const Values& values, const MessageLimits& limits, ByteBuffer& out,
                           RefList& refs) {
  refs.clear();
  ValueEncoder encoder(limits, out, refs);
  if (encoder.run(values)) return {};
  out.truncate(0);
  refs.clear();
  return fail(encoder.refusal());
}

Result<Values> decode_values(std::string_view bytes, const RefList& refs, std::uint32_t depth_max) {
  return ValueDecoder(bytes, refs, depth_max).run();
}

}  // namespace moonwright::runtime
