// message_note.cpp: see message_note.hpp.
#include "runtime/message_note.hpp"

namespace moonwright::runtime {
namespace {

/// A larger message is remembered by its name alone.
constexpr std::size_t kBytesMax = 4u << 10;

}  // namespace

MessageNote note_of(const Message& message) {
  MessageNote note;
  note.name = peek_name(message.bytes());
  note.sender = message.sender;
  note.size = message.size;
  if (message.size > kBytesMax) return note;
  note.bytes = message.bytes();
  if (message.refs) note.refs = std::make_unique<RefList>(*message.refs);
  return note;
}

}  // namespace moonwright::runtime
