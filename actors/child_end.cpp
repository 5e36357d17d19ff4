// child_end.cpp: see child_end.hpp.
#include "actors/child_end.hpp"

#include <utility>

namespace moonwright::actors {
namespace {

constexpr std::size_t kMessageBytesMax = 1u << 10;
constexpr std::size_t kTracebackBytesMax = 4u << 10;

std::string cut(std::string text, std::size_t most) {
  if (text.size() > most) {
    text.resize(most);
    text += "...";
  }
  return text;
}

}  // namespace

Values encode_end(ChildEnd end) {
  return {static_cast<std::int64_t>(end.child),
          static_cast<std::int64_t>(end.incarnation),
          end.final,
          cut(std::move(end.reason), kMessageBytesMax),
          static_cast<std::int64_t>(end.error.code),
          cut(std::move(end.error.message), kMessageBytesMax),
          cut(std::move(end.error.traceback), kTracebackBytesMax),
          cut(std::move(end.message_name), kMessageBytesMax),
          static_cast<std::int64_t>(end.memory_bytes),
          static_cast<std::int64_t>(end.mailbox_messages)};
}

ChildEnd decode_end(const Values& values) {
  const auto text = [&values](std::size_t i) { return std::string(values[i].as_string()); };
  ChildEnd end;
  end.child = static_cast<std::uint64_t>(values[0].as_integer());
  end.incarnation = static_cast<std::uint32_t>(values[1].as_integer());
  end.final = values[2].as_boolean();
  end.reason = text(3);
  end.error = {static_cast<ErrorCode>(values[4].as_integer()), text(5), text(6)};
  end.message_name = text(7);
  end.memory_bytes = static_cast<std::uint64_t>(values[8].as_integer());
  end.mailbox_messages = static_cast<std::size_t>(values[9].as_integer());
  return end;
}

lifecycle::EndKind end_kind_of(std::string_view reason) noexcept {
  if (reason == "normal") return lifecycle::EndKind::normal;
  const bool in_order =
      reason == "stopped" || reason == "shutdown" || reason.starts_with("shutdown:");
  return in_order ? lifecycle::EndKind::stopped : lifecycle::EndKind::failed;
}

}  // namespace moonwright::actors
