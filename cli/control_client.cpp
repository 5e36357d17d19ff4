// control_client.cpp: see control_client.hpp.
#include "cli/control_client.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>

#include "cli/report.hpp"

namespace moonwright::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{15};
/// No runtime answers with more: see kWrittenBytesMax in moonwright/json.hpp.
constexpr std::size_t kAnswerBytesMax = std::size_t{17} << 20;

/// Closes itself.
struct Socket {
  int number;
  ~Socket() {
    if (number >= 0) ::close(number);
  }
};

tl::unexpected<Error> no_runtime(const std::string& path) {
  return fail(ErrorCode::io, "'" + path + "' is no control socket of a moonwright program");
}

tl::unexpected<Error> cannot_connect(const std::string& path, int number) {
  const std::string where = "'" + path + "'";
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      return fail(ErrorCode::not_found, "there is no socket " + where +
                                            "; a program has one when it is started with "
                                            "'moonwright run --control-socket PATH'");
    case ECONNREFUSED: return fail(ErrorCode::io, "nobody listens at " + where + " any more");
    case EACCES:
    case EPERM:
      return fail(ErrorCode::denied, "no permission for " + where +
                                         ": it is for the user who runs the program, and for root");
    default: return fail(ErrorCode::io, where + ": " + error_text(number));
  }
}

/// Waits until the socket is ready; false if the time is over first.
bool wait_for(int socket, short events, Clock::time_point until) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    if (left <= 0) return false;
    pollfd watched{socket, events, 0};
    const int ready = ::poll(&watched, 1, static_cast<int>(left));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

}  // namespace

Result<std::string> ask_program(const std::string& path, const std::string& request) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return fail(ErrorCode::invalid_argument,
                "the path of a socket has 1 to " + std::to_string(sizeof address.sun_path - 1) +
                    " bytes, '" + path + "' has " + std::to_string(path.size()));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  const auto until = Clock::now() + kPatience;
  const Socket socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (socket.number < 0) return cannot_connect(path, errno);
  while (::connect(socket.number, reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
         0) {
    if (errno == EPROTOTYPE) return no_runtime(path);
    if (errno != EAGAIN && errno != EINTR) return cannot_connect(path, errno);
    // Many ask at once.
    if (Clock::now() >= until) return cannot_connect(path, EAGAIN);
    ::poll(nullptr, 0, 10);
  }
  const std::string line = request + "\n";
  // So few bytes go at once.
  if (::send(socket.number, line.data(), line.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(line.size())) {
    return no_runtime(path);
  }
  std::string answer;
  for (;;) {
    if (!wait_for(socket.number, POLLIN, until)) {
      return fail(ErrorCode::timeout, "no answer from '" + path + "' within 15 s");
    }
    char bytes[64u << 10];
    const ssize_t count = ::recv(socket.number, bytes, sizeof bytes, 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (count <= 0) break;
    answer.append(bytes, static_cast<std::size_t>(count));
    if (answer.size() > kAnswerBytesMax) return no_runtime(path);
  }
  if (!answer.ends_with('\n')) return no_runtime(path);
  answer.pop_back();
  return answer;
}

}  // namespace moonwright::cli
