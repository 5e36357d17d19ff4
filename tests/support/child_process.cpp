// child_process.cpp: fork, exec, poll.
#include "support/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <utility>

namespace moonwright::tests {
namespace {

constexpr int kCouldNotStart = 127;

/// In the child, between fork() and exec(): puts `stream` in the place of `descriptor`.
void connect(ChildProcess::Stream stream, int pipe_end, int descriptor) {
  switch (stream) {
    case ChildProcess::Stream::pipe: ::dup2(pipe_end, descriptor); break;
    case ChildProcess::Stream::closed: ::close(descriptor); break;
    case ChildProcess::Stream::full_device:
      ::dup2(::open("/dev/full", O_WRONLY | O_CLOEXEC), descriptor);
      break;
  }
}

/// Signals as a fresh shell has them: a test run under nohup would pass on its ignored SIGHUP.
void reset_signals() {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) std::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void become(const std::vector<std::string>& words,
                         const ChildProcess::Options& options, int out, int err) {
  reset_signals();
  ::dup2(::open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
  connect(options.out, out, STDOUT_FILENO);
  connect(options.err, err, STDERR_FILENO);
  if (!options.folder.empty() && ::chdir(options.folder.c_str()) != 0) ::_exit(kCouldNotStart);
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execv(arguments[0], arguments.data());
  ::_exit(kCouldNotStart);
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& words, const Options& options)
    : deadline_(std::chrono::steady_clock::now() + kPatience) {
  std::array<int, 2> out{};
  std::array<int, 2> err{};
  if (::pipe2(out.data(), O_CLOEXEC) != 0 || ::pipe2(err.data(), O_CLOEXEC) != 0) std::abort();
  pid_ = ::fork();
  if (pid_ == 0) become(words, options, out[1], err[1]);
  ::close(out[1]);
  ::close(err[1]);
  out_.descriptor = out[0];
  err_.descriptor = err[0];
  end_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  if (pid_ < 0 || end_ < 0) std::abort();
}

ChildProcess::~ChildProcess() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(end_);
  close_pipe(out_);
  close_pipe(err_);
}

void ChildProcess::signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

bool ChildProcess::ended() {
  pollfd end{end_, POLLIN, 0};
  return ::poll(&end, 1, 0) == 1;
}

Finished ChildProcess::finish() {
  Finished finished;
  while (out_.descriptor >= 0 || err_.descriptor >= 0 || !ended()) {
    if (read_some()) continue;
    finished.too_late = true;
    ::kill(pid_, SIGKILL);
    break;
  }
  int status = 0;
  ::waitpid(std::exchange(pid_, -1), &status, 0);
  finished.by_signal = WIFSIGNALED(status);
  finished.exit_code = finished.by_signal ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  finished.out = std::move(out_.text);
  finished.err = std::move(err_.text);
  return finished;
}

bool ChildProcess::wait_for(Pipe& pipe, std::string_view text) {
  while (pipe.text.find(text) == std::string::npos) {
    if (pipe.descriptor < 0 || !read_some()) return false;
  }
  return true;
}

bool ChildProcess::read_some() {
  using std::chrono::milliseconds;
  const auto left = std::chrono::ceil<milliseconds>(deadline_ - std::chrono::steady_clock::now());
  // A negative descriptor is left out. The end is of interest only when nothing is left to read.
  const bool closed = out_.descriptor < 0 && err_.descriptor < 0;
  std::array<pollfd, 3> sources{{{out_.descriptor, POLLIN, 0},
                                 {err_.descriptor, POLLIN, 0},
                                 {closed ? end_ : -1, POLLIN, 0}}};
  const int timeout = static_cast<int>(std::max(left, milliseconds(0)).count());
  const int ready = ::poll(sources.data(), sources.size(), timeout);
  if (ready < 0) return errno == EINTR;
  if (sources[0].revents != 0) read_from(out_);
  if (sources[1].revents != 0) read_from(err_);
  return ready > 0;
}

void ChildProcess::read_from(Pipe& pipe) {
  std::array<char, 4096> buffer{};
  const ssize_t count = ::read(pipe.descriptor, buffer.data(), buffer.size());
  if (count > 0) {
    pipe.text.append(buffer.data(), static_cast<std::size_t>(count));
  } else if (count == 0 || errno != EINTR) {
    close_pipe(pipe);
  }
}

void ChildProcess::close_pipe(Pipe& pipe) {
  if (pipe.descriptor >= 0) ::close(std::exchange(pipe.descriptor, -1));
}

}  // namespace moonwright::tests
