// control_socket.cpp: see control_socket.hpp.
#include "actors/control_socket.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <future>
#include <system_error>
#include <utility>
#include <vector>

#include "actors/core.hpp"
#include "actors/tree_gatherer.hpp"
#include "moonwright/json.hpp"

namespace moonwright::actors {
namespace {

using RealClock = std::chrono::steady_clock;

/// What actors have to say what they are at.
constexpr std::chrono::seconds kAnswerTime{1};
constexpr int kBacklog = 16;

Error error_of(const std::string& path, const std::string& what, int number) {
  const bool denied = number == EACCES || number == EPERM || number == EROFS;
  return {denied ? ErrorCode::denied : ErrorCode::io,
          "control socket '" + path + "': " + what + ": " + std::generic_category().message(number),
          {}};
}

sockaddr_un address_of(const std::string& path) noexcept {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

int make_socket() noexcept {
  return ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/// Whether a program listens at `address`.
bool is_alive(const sockaddr_un& address) noexcept {
  const int probe = make_socket();
  if (probe < 0) return true;
  const int made = ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const bool alive = made == 0 || errno != ECONNREFUSED;
  ::close(probe);
  return alive;
}

/// Whoever runs as this user may see what it runs, and so may root.
bool is_welcome(int client) noexcept {
#ifdef SO_PEERCRED
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == ::geteuid() || peer.uid == 0;
#else
  uid_t user = 0;
  gid_t group = 0;
  return ::getpeereid(client, &user, &group) == 0 && (user == ::geteuid() || user == 0);
#endif
}

std::string as_line(const Error& error);

std::string as_line(const Value& value) {
  auto json = to_json({value});
  if (!json) return as_line(json.error());
  // A list of one.
  return json->substr(1, json->size() - 2) + "\n";
}

std::string as_line(const Error& error) {
  return as_line(
      Value(Table{{"error", Table{{"code", to_string(error.code)}, {"message", error.message}}}}));
}

}  // namespace

Result<std::unique_ptr<ControlSocket>> ControlSocket::open(Core& core, std::string path) {
  if (path.empty() || path.size() > kPathBytesMax || path.find('\0') != std::string::npos) {
    return fail(ErrorCode::invalid_argument,
                "control_socket: a path of 1 to " + std::to_string(kPathBytesMax) +
                    " bytes expected, got " + std::to_string(path.size()));
  }
  std::unique_ptr<ControlSocket> control(new ControlSocket(core, std::move(path)));
  if (auto listens = control->listen(); !listens) return fail(std::move(listens.error()));
  try {
    control->thread_ = std::thread([self = control.get()] { self->serve(); });
  } catch (const std::system_error& error) {
    return fail(ErrorCode::io, std::string("cannot start a thread: ") + error.what());
  }
  return control;
}

/// Removes what a program has left behind that did not come to an end in order.
Result<void> ControlSocket::make_way() const {
  struct stat found {};
  if (::lstat(path_.c_str(), &found) != 0) {
    return errno == ENOENT ? Result<void>() : fail(error_of(path_, "look", errno));
  }
  const std::string where = "control socket '" + path_ + "': ";
  if (!S_ISSOCK(found.st_mode)) {
    return fail(ErrorCode::already_exists, where + "there is a file that is no socket");
  }
  if (is_alive(address_of(path_))) {
    return fail(ErrorCode::already_exists, where + "another program listens there");
  }
  if (::unlink(path_.c_str()) != 0 && errno != ENOENT) {
    return fail(error_of(path_, "remove the one that nobody listens on", errno));
  }
  return {};
}

Result<void> ControlSocket::listen() {
  if (auto clear = make_way(); !clear) return clear;
  socket_ = make_socket();
  if (socket_ < 0) return fail(error_of(path_, "make", errno));
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
    return fail(error_of(path_, "make", errno));
  }
  wakeup_ = ends[0];
  stop_ = ends[1];
  const sockaddr_un address = address_of(path_);
  if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail(error_of(path_, "bind", errno));
  }
  struct stat made {};
  if (::lstat(path_.c_str(), &made) == 0) inode_ = made.st_ino;
  // Nobody gets in before it listens; and then everybody has to say who he is.
  if (::chmod(path_.c_str(), S_IRUSR | S_IWUSR) != 0 || ::listen(socket_, kBacklog) != 0) {
    return fail(error_of(path_, "listen", errno));
  }
  return {};
}

ControlSocket::~ControlSocket() {
  if (stop_ >= 0) ::close(stop_);
  if (thread_.joinable()) thread_.join();
  for (const Client& client : clients_) ::close(client.socket);
  if (wakeup_ >= 0) ::close(wakeup_);
  if (socket_ >= 0) ::close(socket_);
  // Unless somebody else has taken the place.
  struct stat found {};
  if (inode_ != 0 && ::lstat(path_.c_str(), &found) == 0 && found.st_ino == inode_) {
    ::unlink(path_.c_str());
  }
}

void ControlSocket::serve() {
  std::vector<pollfd> watched;
  for (;;) {
    watched.clear();
    watched.push_back({wakeup_, POLLIN, 0});
    const bool has_room = clients_.size() < kClientsMax;
    watched.push_back({socket_, static_cast<short>(has_room ? POLLIN : 0), 0});
    auto next = RealClock::time_point::max();
    for (const Client& client : clients_) {
      watched.push_back(
          {client.socket, static_cast<short>(client.answering ? POLLOUT : POLLIN), 0});
      next = std::min(next, client.until);
    }
    int wait = -1;
    if (!clients_.empty()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - RealClock::now());
      wait = static_cast<int>(std::max<std::int64_t>(0, left.count()));
    }
    if (::poll(watched.data(), watched.size(), wait) < 0 && errno != EINTR) return;
    if (watched[0].revents != 0) return;
    std::size_t at = 2;
    const auto now = RealClock::now();
    for (auto client = clients_.begin(); client != clients_.end(); ++at) {
      if (now < client->until && advance(*client, watched[at].revents)) {
        ++client;
        continue;
      }
      ::close(client->socket);
      client = clients_.erase(client);
    }
    if ((watched[1].revents & POLLIN) != 0) accept_one();
  }
}

void ControlSocket::accept_one() {
  const int socket = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (socket < 0) return;
  if (!is_welcome(socket)) {
    ::close(socket);
    return;
  }
  clients_.push_back({socket, RealClock::now() + kClientTime});
}

bool ControlSocket::advance(Client& client, short events) {
  if (events == 0) return true;
  if (!client.answering) return receive(client);
  return send(client);
}

bool ControlSocket::receive(Client& client) {
  char bytes[kRequestBytesMax];
  const ssize_t count = ::recv(client.socket, bytes, sizeof bytes, 0);
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  if (count == 0) return false;
  client.request.append(bytes, static_cast<std::size_t>(count));
  const std::size_t end = client.request.find('\n');
  if (end == std::string::npos && client.request.size() < kRequestBytesMax) return true;
  client.answering = true;
  client.answer =
      end < kRequestBytesMax
          ? answer(std::string_view(client.request).substr(0, end))
          : as_line(Error{ErrorCode::too_large, "a request of more than 512 bytes", {}});
  return send(client);
}

bool ControlSocket::send(Client& client) {
  while (client.sent < client.answer.size()) {
    const ssize_t count = ::send(client.socket, client.answer.data() + client.sent,
                                 client.answer.size() - client.sent, MSG_NOSIGNAL);
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    client.sent += static_cast<std::size_t>(count);
  }
  return false;
}

std::string ControlSocket::answer(std::string_view request) {
  if (request == "tree") return answer_tree(false);
  if (request == "tree tasks") return answer_tree(true);
  constexpr std::string_view kTasks = "tasks ";
  if (request.starts_with(kTasks)) return answer_tasks(request.substr(kTasks.size()));
  return as_line(Error{ErrorCode::invalid_argument,
                       "unknown request; there are tree, tree tasks, tasks NAME, tasks #ID",
                       {}});
}

std::string ControlSocket::answer_tree(bool tasks) {
  auto promise = std::make_shared<std::promise<Result<TreeNode>>>();
  auto tree = promise->get_future();
  TreeOptions options;
  options.tasks = tasks;
  options.timeout = kAnswerTime;
  gather_tree(core_, options,
              [promise](Result<TreeNode> node) { promise->set_value(std::move(node)); });
  const Result<TreeNode> node = tree.get();
  return node ? as_line(Table{{"tree", to_value(*node)}}) : as_line(node.error());
}

std::string ControlSocket::answer_tasks(std::string_view name) {
  ActorRef actor;
  if (name.starts_with('#')) {
    std::uint64_t id = 0;
    const char* const end = name.data() + name.size();
    const auto [stop, problem] = std::from_chars(name.data() + 1, end, id);
    if (problem == std::errc() && stop == end) actor = core_.find_actor(id);
  } else {
    actor = core_.directory().find(name);
  }
  if (!actor) {
    return as_line(
        Error{ErrorCode::not_found, "there is no actor '" + std::string(name) + "'", {}});
  }
  auto promise = std::make_shared<std::promise<Result<Values>>>();
  auto answer = promise->get_future();
  MessagePtr message(Message::make(MessageKind::tasks));
  message->sender = core_.port();
  message->correlation =
      HostPort::of(core_.port())
          .open(core_.clock().now() + kAnswerTime,
                [promise](Result<Values> values) { promise->set_value(std::move(values)); });
  if (message->correlation != 0) Address::of(*actor.target()).deliver(std::move(message), nullptr);
  Result<Values> values = answer.get();
  if (!values) return as_line(values.error());
  values->resize(2);
  return as_line(Table{{"tasks", (*values)[0]}, {"total", (*values)[1]}});
}

}  // namespace moonwright::actors
