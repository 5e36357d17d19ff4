// message.cpp: allocation of messages.
#include "runtime/message.hpp"

#include <cstring>

namespace moonwright::runtime {

Message* Message::make(MessageKind kind, std::string_view bytes, const RefList& refs) {
  void* memory = ::operator new(cost(bytes.size()));
  auto* message = new (memory) Message;
  message->kind = kind;
  message->size = static_cast<std::uint32_t>(bytes.size());
  if (!bytes.empty())
    std::memcpy(static_cast<char*>(memory) + sizeof(Message), bytes.data(), bytes.size());
  if (!refs.empty()) message->refs = std::make_unique<RefList>(refs);
  return message;
}

void Message::destroy(Message* message) noexcept {
  if (message == nullptr) return;
  message->~Message();
  ::operator delete(message);
}

}  // namespace moonwright::runtime
