// address.cpp: how answers are written down.
#include "actors/address.hpp"

#include <utility>

namespace moonwright::actors {

void answer(runtime::ReplyTo& to, const Values& values, caf::execution_unit* from) {
  MessageLimits large;
  large.entries_max = 10'000'000;
  large.bytes_max = 1u << 30;
  large.depth_max = 128;
  runtime::ByteBuffer bytes;
  runtime::RefList refs;
  if (auto encoded = runtime::encode_values(values, large, bytes, refs); !encoded) {
    refuse(to, encoded.error(), from);
    return;
  }
  MessagePtr reply(Message::make(MessageKind::reply, bytes.view(), refs));
  reply->correlation = std::exchange(to.correlation, 0);
  Address::of(*to.sender.target()).deliver(std::move(reply), from);
}

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
