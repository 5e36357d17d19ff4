// address.cpp: how failures are written down.
#include "actors/address.hpp"

#include <utility>

namespace moonwright::actors {

void refuse(runtime::ReplyTo& to, const Error& error, caf::execution_unit* from,
            std::string_view value, const runtime::RefList& value_refs) noexcept {
  runtime::ByteBuffer bytes;
  runtime::RefList refs;
  const Values text{static_cast<std::int64_t>(error.code), error.message, error.traceback};
  MessageLimits unlimited;
  unlimited.bytes_max = 1u << 30;
  if (!runtime::encode_values(text, unlimited, bytes, refs)) return;
  // The value was encoded on its own; encoded values follow each other without any frame.
  if (char* at = value.empty() ? nullptr : bytes.extend(value.size())) value.copy(at, value.size());
  MessagePtr failure(Message::make(MessageKind::failure, bytes.view(), value_refs));
  failure->correlation = std::exchange(to.correlation, 0);
  Address::of(*to.sender.target()).deliver(std::move(failure), from);
}

}  // namespace moonwright::actors
