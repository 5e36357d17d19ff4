// checkpoint.cpp: checkpoints as the bytes of a file; docs/formats.md is the specification.
#include "moonwright/checkpoint.hpp"

#include <cstring>
#include <utility>

#include "runtime/checkpoint_body.hpp"
#include "runtime/crc32c.hpp"
#include "runtime/wire_format.hpp"

namespace moonwright {

namespace {

using runtime::ByteBuffer;
using runtime::crc32c;
namespace wire = runtime::wire;

// What every version begins with: the magic bytes, the version, the size of the rest, and a
// checksum of these three. A byte beyond ASCII and both kinds of line ends show what has gone
// through a tool that takes it for text.
constexpr char kMagic[] = {'\x89', 'M', 'W', 'C', '\r', '\n', '\x1a', '\n'};
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kVersionAt = sizeof(kMagic);
constexpr std::size_t kSizeAt = kVersionAt + 4;
constexpr std::size_t kHeadSumAt = kSizeAt + 8;
constexpr std::size_t kHeadBytes = kHeadSumAt + 4;
constexpr std::size_t kSumBytes = 4;

class Out {
 public:
  explicit Out(std::size_t size) { bytes_.reserve(size); }
  template <class Unsigned>
  void number(Unsigned value) {
    char raw[sizeof(value)];
    wire::store(raw, value);
    bytes_.append(raw, sizeof(raw));
  }
  void text(std::string_view text) { bytes_.append(text); }
  void sized(std::string_view text) {
    number(static_cast<std::uint64_t>(text.size()));
    bytes_.append(text);
  }
  [[nodiscard]] std::string_view view() const noexcept { return bytes_; }
  [[nodiscard]] std::string take() && { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Takes fields off the front. After one that is cut short, all are empty and whole() is false.
class In {
 public:
  explicit In(std::string_view bytes) : rest_(bytes) {}
  std::uint64_t number() {
    const std::string_view raw = bytes(sizeof(std::uint64_t));
    return raw.empty() ? 0 : wire::load<std::uint64_t>(raw.data());
  }
  std::string_view sized() { return bytes(number()); }
  [[nodiscard]] bool whole() const noexcept { return whole_ && rest_.empty(); }

 private:
  std::string_view bytes(std::uint64_t size) {
    whole_ = whole_ && size <= rest_.size();
    if (!whole_) return {};
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::string_view rest_;
  bool whole_ = true;
};

tl::unexpected<Error> corrupt(std::string why) {
  return fail(ErrorCode::corrupt, "not a whole checkpoint: " + std::move(why));
}

Result<void> copy(std::string_view from, ByteBuffer& to) {
  if (from.empty()) return {};
  char* at = to.extend(from.size());
  if (at == nullptr) return fail(ErrorCode::memory_limit, "out of memory");
  std::memcpy(at, from.data(), from.size());
  to.fit();
  return {};
}

const CheckpointInfo& nobody() noexcept {
  static const CheckpointInfo kNobody;
  return kNobody;
}

}  // namespace

const CheckpointInfo& Checkpoint::info() const noexcept {
  return body_ == nullptr ? nobody() : body_->info;
}

std::size_t Checkpoint::size_bytes() const noexcept {
  if (body_ == nullptr) return 0;
  return body_->values.size() + body_->again.size() + body_->info.actor.size() +
         body_->refs.capacity() * sizeof(ActorRef);
}

Result<std::string> Checkpoint::encode() const {
  if (body_ == nullptr) return fail(ErrorCode::invalid_argument, "the checkpoint is empty");
  if (!body_->refs.empty()) {
    return fail(ErrorCode::unsupported, "cannot store the reference to an actor at " +
                                            body_->first_ref +
                                            ": it means nothing outside of this process");
  }
  const CheckpointInfo& info = body_->info;
  const std::uint64_t fields =
      3 * 8 + 8 + info.actor.size() + 8 + body_->again.size() + 8 + body_->values.size();
  const auto taken_at =
      std::chrono::duration_cast<std::chrono::nanoseconds>(info.taken_at.time_since_epoch());
  Out out(kHeadBytes + fields + kSumBytes);
  out.text({kMagic, sizeof(kMagic)});
  out.number(kVersion);
  out.number(fields + kSumBytes);
  out.number(crc32c(out.view()));
  out.number(info.script_hash);
  out.number(static_cast<std::uint64_t>(taken_at.count()));
  out.number(info.generation);
  out.sized(info.actor);
  out.sized(body_->again.view());
  out.sized(body_->values.view());
  out.number(crc32c(out.view().substr(kHeadBytes)));
  return std::move(out).take();
}

Result<Checkpoint> Checkpoint::decode(std::string_view bytes) {
  if (bytes.empty()) return corrupt("the file is empty");
  const std::string_view magic(kMagic, sizeof(kMagic));
  if (bytes.substr(0, magic.size()) != magic.substr(0, bytes.size())) {
    return corrupt("it begins with something else");
  }
  if (bytes.size() < kHeadBytes) return corrupt("it ends within its first bytes");
  if (crc32c(bytes.substr(0, kHeadSumAt)) != wire::load<std::uint32_t>(&bytes[kHeadSumAt])) {
    return corrupt("its first bytes do not match their checksum");
  }
  const auto version = wire::load<std::uint32_t>(&bytes[kVersionAt]);
  if (version != kVersion) {
    return fail(ErrorCode::incompatible, "the checkpoint has version " + std::to_string(version) +
                                             " of the format; this program reads version " +
                                             std::to_string(kVersion));
  }
  const auto size = wire::load<std::uint64_t>(&bytes[kSizeAt]);
  const std::string_view rest = bytes.substr(kHeadBytes);
  if (size != rest.size()) {
    return corrupt("it has " + std::to_string(rest.size()) + " bytes after its first ones, not " +
                   std::to_string(size));
  }
  if (size < kSumBytes) return corrupt("it is too short");
  const std::string_view fields = rest.substr(0, rest.size() - kSumBytes);
  if (crc32c(fields) != wire::load<std::uint32_t>(fields.data() + fields.size())) {
    return corrupt("its contents do not match their checksum");
  }

  In in(fields);
  auto body = std::make_shared<detail::CheckpointBody>();
  body->info.script_hash = in.number();
  body->info.taken_at = std::chrono::system_clock::time_point(
      std::chrono::duration_cast<std::chrono::system_clock::duration>(
          std::chrono::nanoseconds(static_cast<std::int64_t>(in.number()))));
  body->info.generation = in.number();
  body->info.actor = in.sized();
  const std::string_view again = in.sized();
  const std::string_view values = in.sized();
  if (!in.whole()) return corrupt("its fields do not fill it");
  if (auto done = copy(again, body->again); !done) return fail(std::move(done.error()));
  if (auto done = copy(values, body->values); !done) return fail(std::move(done.error()));
  return Checkpoint(std::move(body));
}

}  // namespace moonwright
