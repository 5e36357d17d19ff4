// output.cpp: stdio with an eye on every failure.
#include "cli/output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "cli/exit_codes.hpp"
#include "cli/report.hpp"

namespace moonwright::cli {
namespace {

/// Whether `events` have happened on standard output; does not wait.
bool standard_output_has(short events) noexcept {
  pollfd state{STDOUT_FILENO, events, 0};
  return ::poll(&state, 1, 0) == 1 && (state.revents & events) != 0;
}

}  // namespace

void hold_standard_descriptors() noexcept {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) != -1) continue;
    // open() takes the lowest free number: this one, since those below are taken by now.
    [[maybe_unused]] const int taken =
        ::open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

int print_and_flush(std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (written && std::fflush(stdout) == 0) return kExitDone;
  complain("standard output: " + error_text(errno));
  return kExitFailed;
}

Output::Output(bool json, Wakeup& wakeup) : json_(json), wakeup_(wakeup) {
  if (json_) {
    const int copy = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    result_ = copy < 0 ? nullptr : ::fdopen(copy, "w");
    if (result_ == nullptr || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) error_ = errno;
  }
  if (::isatty(STDOUT_FILENO) == 0) flusher_ = std::thread([this] { flush_late(); });
}

Output::~Output() {
  stop_flusher();
  if (json_ && result_ != nullptr) std::fclose(result_);
}

void Output::print(std::string_view text) noexcept {
  if (error_ != 0) return;
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() && !json_) fail(errno);
  if (!unflushed_.exchange(true)) work_.post();
}

void Output::result(std::string_view text) noexcept {
  if (error_ != 0) return;
  if (std::fwrite(text.data(), 1, text.size(), result_) != text.size()) fail(errno);
}

void Output::check_reader() noexcept {
  if (!json_ && standard_output_has(POLLERR)) fail(EPIPE);
}

int Output::finish() noexcept {
  stop_flusher();
  flush(stdout);
  if (result_ != stdout && result_ != nullptr) flush(result_);
  // A failure that only the script's io.write() saw: the reason is lost, the fact is not.
  if (!json_ && std::ferror(stdout) != 0) fail(EIO);
  return error_;
}

int Output::finish_without_waiting() noexcept {
  if (::ftrylockfile(stdout) == 0) {
    if (standard_output_has(POLLOUT)) flush(stdout);
    ::funlockfile(stdout);
  }
  if (result_ != stdout && result_ != nullptr) flush(result_);
  return error_;
}

void Output::fail(int error) noexcept {
  int none = 0;
  if (error_.compare_exchange_strong(none, error)) wakeup_.post();
}

void Output::flush(std::FILE* file) noexcept {
  if (std::fflush(file) != 0 && (file == result_)) fail(errno);
}

void Output::flush_late() {
  for (;;) {
    work_.wait();
    if (finished_) return;
    work_.wait_for(kFlushDelay);
    unflushed_ = false;
    flush(stdout);
    if (finished_) return;
  }
}

void Output::stop_flusher() noexcept {
  if (!flusher_.joinable()) return;
  finished_ = true;
  work_.post();
  flusher_.join();
}

}  // namespace moonwright::cli
