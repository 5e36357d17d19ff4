// checkpoint_file_test.cpp: whatever happens to a file, and to its writer, a whole checkpoint is
// there or it is said that none is.
#include "runtime/checkpoint_file.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "checkpoint_support.hpp"
#include "runtime/checkpoint_body.hpp"
#include "runtime/crc32c.hpp"
#include "support/temp_folder.hpp"

namespace moonwright::runtime {
namespace {

using moonwright::write_checkpoint;  // beside the one that is given its files

// Number `generation`, of `size` bytes or a little more.
Checkpoint numbered(std::uint64_t generation, std::size_t size = 0) {
  const auto state = open_state();
  run(*state, "n = " + std::to_string(generation) + " s = ('x'):rep(" + std::to_string(size) + ")");
  Checkpoint checkpoint = take_checkpoint(*state).value();
  auto body = std::make_shared<detail::CheckpointBody>();
  body->info = {"an actor", generation, 77, std::chrono::system_clock::now()};
  const std::string_view values = checkpoint.body().values.view();
  std::copy(values.begin(), values.end(), body->values.extend(values.size()));
  return Checkpoint(body);
}

void write_bytes(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<long>(bytes.size()));
}

TEST(Crc32c, HasTheKnownValues) {
  EXPECT_EQ(crc32c(""), 0u);
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
}

TEST(CheckpointFile, ComesBackAsItWasWritten) {
  const tests::TempFolder folder;
  const std::string path = folder.path() + "/state";
  const Checkpoint written = numbered(5);
  ASSERT_TRUE(write_checkpoint(path, written));
  const auto read = read_checkpoint(path);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->info(), written.info());
  EXPECT_EQ(*read->encode(), *written.encode());
  EXPECT_EQ(restored(*read, "", "return n"), "5");
}

TEST(CheckpointFile, KeepsThePreviousOne) {
  const tests::TempFolder folder;
  const std::string path = folder.path() + "/state";
  for (std::uint64_t i = 1; i <= 3; ++i) ASSERT_TRUE(write_checkpoint(path, numbered(i)));
  EXPECT_EQ(read_checkpoint(path)->info().generation, 3u);
  EXPECT_EQ(read_checkpoint(path + ".previous")->info().generation, 2u);

  write_bytes(path, "something else");
  const auto damaged = read_checkpoint(path);
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, ErrorCode::corrupt);
  EXPECT_EQ(damaged.error().message,
            path +
                ": not a whole checkpoint: it begins with something else; the previous "
                "checkpoint is in " +
                path + ".previous");
  const auto other = read_checkpoint_or_previous(path);
  ASSERT_TRUE(other);
  EXPECT_TRUE(other->is_previous);
  EXPECT_EQ(other->checkpoint.info().generation, 2u);
  EXPECT_EQ(other->reason, damaged.error());
}

TEST(CheckpointFile, SaysWhenThereIsNone) {
  const tests::TempFolder folder;
  const auto none = read_checkpoint_or_previous(folder.path() + "/none");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::not_found);
  const auto nowhere = write_checkpoint(folder.path() + "/no/folder", numbered(1));
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().code, ErrorCode::io);
  EXPECT_EQ(read_checkpoint(folder.path() + "/").error().code, ErrorCode::io);
}

TEST(CheckpointFile, WithActorsInItIsRefused) {
  auto body = std::make_shared<detail::CheckpointBody>();
  body->refs.emplace_back();
  body->first_ref = "peers[1]";
  const auto refused = Checkpoint(body).encode();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unsupported);
  EXPECT_EQ(refused.error().message,
            "cannot store the reference to an actor at peers[1]: it means nothing outside of this "
            "process");
  EXPECT_EQ(Checkpoint().encode().error().code, ErrorCode::invalid_argument);
}

TEST(CheckpointFile, CutAnywhereIsCorrupt) {
  const std::string whole = *numbered(1).encode();
  ASSERT_TRUE(Checkpoint::decode(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto cut = Checkpoint::decode(std::string_view(whole).substr(0, size));
    ASSERT_FALSE(cut) << size;
    ASSERT_EQ(cut.error().code, ErrorCode::corrupt) << size;
  }
  EXPECT_EQ(Checkpoint::decode(whole + "x").error().code, ErrorCode::corrupt);
}

TEST(CheckpointFile, WithAnyBitFlippedIsCorrupt) {
  const std::string whole = *numbered(1).encode();
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    const auto read = Checkpoint::decode(flipped);
    ASSERT_FALSE(read) << bit;
    ASSERT_EQ(read.error().code, ErrorCode::corrupt) << bit;
  }
}

TEST(CheckpointFile, OfALaterVersionIsIncompatible) {
  std::string later = *numbered(1).encode();
  later[11] = 2;
  wire::store(&later[20], crc32c(std::string_view(later).substr(0, 20)));
  const auto read = Checkpoint::decode(later);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::incompatible);
  EXPECT_EQ(read.error().message,
            "the checkpoint has version 2 of the format; this program reads version 1");
}

// Fails one of the system's calls, or is gone from that one on, as if the process had been killed.
class FaultyFiles final : public FileOperations {
 public:
  enum class Fault { error, full_disk, killed };
  FaultyFiles(std::size_t at, Fault fault) : at_(at), fault_(fault) {}
  [[nodiscard]] bool reached() const noexcept { return calls_ > at_; }

  int create(const std::string& path) override {
    return fails() ? -1 : FileOperations::create(path);
  }
  int open_folder(const std::string& path) override {
    return fails() ? -1 : FileOperations::open_folder(path);
  }
  long write(int file, const char* bytes, std::size_t size) override {
    if (!fails()) return FileOperations::write(file, bytes, std::min<std::size_t>(size, 40));
    if (calls_ == at_ + 1) static_cast<void>(FileOperations::write(file, bytes, size / 2));
    return -1;
  }
  int sync(int file) override { return fails() ? -1 : FileOperations::sync(file); }
  int close(int file) override {
    const bool failed = fails();
    const int closed = FileOperations::close(file);  // the system does so when a process is gone
    return failed ? -1 : closed;
  }
  int rename(const std::string& from, const std::string& to) override {
    return fails() ? -1 : FileOperations::rename(from, to);
  }
  int remove(const std::string& path) override {
    return fails() ? -1 : FileOperations::remove(path);
  }

 private:
  bool fails() {
    const std::size_t call = calls_++;
    if (call < at_ || (call > at_ && fault_ != Fault::killed)) return false;
    errno = fault_ == Fault::full_disk ? ENOSPC : EIO;
    return true;
  }

  const std::size_t at_;
  const Fault fault_;
  std::size_t calls_ = 0;
};

TEST(CheckpointFile, AFaultAtAnyStepLeavesAWholeOne) {
  using Fault = FaultyFiles::Fault;
  for (const Fault fault : {Fault::error, Fault::full_disk, Fault::killed}) {
    for (const bool is_first : {true, false}) {
      bool done = false;
      for (std::size_t step = 0; !done; ++step) {
        const tests::TempFolder folder;
        const std::string path = folder.path() + "/state";
        if (!is_first) {
          ASSERT_TRUE(write_checkpoint(path, numbered(1)));
        }
        FaultyFiles files(step, fault);
        const auto written = runtime::write_checkpoint(files, path, numbered(2));
        done = !files.reached();
        if (done) {
          ASSERT_TRUE(written) << written.error().message;
        }
        const auto found = read_checkpoint_or_previous(path);
        if (is_first && !found) {
          ASSERT_EQ(found.error().code, ErrorCode::not_found) << found.error().message;
          continue;
        }
        ASSERT_TRUE(found) << step << ": " << found.error().message;
        ASSERT_EQ(restored(found->checkpoint, "", "return n"),
                  std::to_string(found->checkpoint.info().generation));
        if (written) {
          ASSERT_EQ(found->checkpoint.info().generation, 2u) << step;
        } else {
          ASSERT_EQ(written.error().code, ErrorCode::io) << written.error().message;
        }
        // And the next one gets through.
        ASSERT_TRUE(write_checkpoint(path, numbered(3)));
        ASSERT_EQ(read_checkpoint(path)->info().generation, 3u);
        ASSERT_NE(::access((path + ".new").c_str(), F_OK), 0);
      }
    }
  }
}

// Writes one checkpoint after the other, and tells of each that is complete, until it is killed.
[[noreturn]] void write_on(const std::string& path, std::uint64_t generation, int reports) {
  for (;; ++generation) {
    if (!write_checkpoint(path, numbered(generation, 20'000))) ::_exit(1);
    if (::write(reports, &generation, sizeof(generation)) != sizeof(generation)) ::_exit(2);
  }
}

TEST(CheckpointFile, AWriterThatIsKilledLeavesAWholeOneNoOlderThanItsLast) {
  const tests::TempFolder folder;
  const std::string path = folder.path() + "/state";
  std::uint64_t generation = 1;
  for (int kill = 0; kill < 50; ++kill) {
    int reports[2];
    ASSERT_EQ(::pipe(reports), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) write_on(path, generation, reports[1]);
    ::close(reports[1]);
    // At some point of a write after the first few.
    std::uint64_t reported = 0;
    for (int i = 0; i <= kill % 3; ++i) {
      ASSERT_EQ(::read(reports[0], &reported, sizeof(reported)), ssize_t{sizeof(reported)});
    }
    const std::string while_it_writes(static_cast<std::size_t>(kill) * 20'000, 'x');
    ASSERT_EQ(crc32c(while_it_writes), crc32c(while_it_writes));
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    while (::read(reports[0], &reported, sizeof(reported)) == ssize_t{sizeof(reported)}) {
    }
    ::close(reports[0]);
    const auto found = read_checkpoint_or_previous(path);
    ASSERT_TRUE(found) << found.error().message;
    const std::uint64_t last = found->checkpoint.info().generation;
    ASSERT_GE(last, reported);
    ASSERT_EQ(restored(found->checkpoint, "", "return n, #s"), std::to_string(last) + ", 20000");
    generation = last + 1;
  }
}

// The values of a checkpoint, with a good header whatever they are.
Checkpoint with_values(std::string_view values, std::string_view again) {
  auto body = std::make_shared<detail::CheckpointBody>();
  std::copy(values.begin(), values.end(), body->values.extend(values.size()));
  if (!again.empty()) std::copy(again.begin(), again.end(), body->again.extend(again.size()));
  return Checkpoint(body);
}

// Restores into a small state; every refusal is one that has a name.
void try_to_restore(const Checkpoint& checkpoint) {
  const auto state = open_state({.memory_bytes_max = 300'000});
  static_cast<void>(modules_of(checkpoint));
  const auto done = restore(*state, checkpoint);
  if (done) return;
  const ErrorCode code = done.error().code;
  ASSERT_TRUE(code == ErrorCode::corrupt || code == ErrorCode::incompatible ||
              code == ErrorCode::memory_limit)
      << done.error().message;
}

TEST(CheckpointFile, WrongValuesAreRestoredOrRefused) {
  const Checkpoint good =
      checkpoint_of("function f() end C = {f = f, n = 1}",
                    "t = {1, 2, x = {f, string.rep}, s = ('long '):rep(20)} t.self = t t.s2 = t.s "
                    "o = setmetatable({t, [t] = 1}, {__mode = 'k'}) C.n = 2");
  const std::string values(good.body().values.view());
  const std::string again(good.body().again.view());
  for (std::size_t size = 0; size < values.size(); ++size) {
    const auto state = open_state();
    const auto cut = restore(*state, with_values(std::string_view(values).substr(0, size), again));
    ASSERT_FALSE(cut) << size;
  }
  for (std::size_t bit = 0; bit < values.size() * 8; ++bit) {
    std::string flipped = values;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    try_to_restore(with_values(flipped, again));
  }
  for (std::size_t bit = 0; bit < again.size() * 8; ++bit) {
    std::string flipped = again;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    try_to_restore(with_values(values, flipped));
  }
  for (std::size_t at = 0; at < values.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = values;
      changed[at] = static_cast<char>(byte);
      try_to_restore(with_values(changed, again));
    }
  }
}

TEST(CheckpointFile, AFinalizerIsCorrupt) {
  const std::string finalizer("\x90\x81\xa1t\x93\xd4\x05\x00\x80\x81\xa4__gc\x01\x90\x80", 19);
  const auto state = open_state();
  const auto done = restore(*state, with_values(finalizer, ""));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::corrupt);
}

}  // namespace
}  // namespace moonwright::runtime
