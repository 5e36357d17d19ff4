// dead_letters.cpp: see dead_letters.hpp.
#include "actors/dead_letters.hpp"

#include <string>
#include <utility>

namespace moonwright::actors {
namespace {

constexpr std::size_t kNameBytesMax = 200;

/// What came with the name of a message, if C++ can tell.
std::optional<Values> arguments_of(const runtime::MessageNote& note) {
  if (note.bytes.empty()) return std::nullopt;
  static const runtime::RefList kNone;
  auto values = runtime::decode_values(note.bytes, note.refs ? *note.refs : kNone);
  if (!values || values->empty()) return std::nullopt;
  values->erase(values->begin());
  return std::move(*values);
}

}  // namespace

void DeadLetters::add(DeadLetterKind kind, const ActorRef& receiver, std::string_view receiver_name,
                      std::uint32_t incarnation, runtime::MessageNote note, const Error& error) {
  DeadLetter letter;
  letter.kind = kind;
  letter.time = std::chrono::system_clock::now();
  letter.receiver = receiver;
  letter.receiver_name = receiver_name;
  letter.incarnation = incarnation;
  letter.sender = note.sender;
  letter.message_name = note.name.substr(0, kNameBytesMax);
  letter.size_bytes = note.size;
  letter.error = error;
  const std::lock_guard lock(mutex_);
  ++counts_[static_cast<std::size_t>(kind)];
  letters_.push_back({std::move(letter), std::move(note)});
  if (letters_.size() > kKept) letters_.pop_front();
}

std::vector<DeadLetter> DeadLetters::letters() const {
  std::vector<DeadLetter> letters;
  const std::lock_guard lock(mutex_);
  for (const Kept& kept : letters_) {
    letters.push_back(kept.letter);
    letters.back().args = arguments_of(kept.note);
  }
  return letters;
}

DeadLetterCounts DeadLetters::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

void DeadLetters::clear() {
  const std::lock_guard lock(mutex_);
  letters_.clear();
}

}  // namespace moonwright::actors
