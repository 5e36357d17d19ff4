// control_socket.hpp: a Unix socket at which a running runtime tells what it is at.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "moonwright/result.hpp"

namespace moonwright::actors {

class Core;

/// Listens, on a thread of its own, and answers each client one request: a line, "tree", "tree
/// tasks" or "tasks NAME", where a number with a # in front of it is an id; the answer is one JSON
/// object, {"tree": ...}, {"tasks": [...], "total": n} or {"error": {"code": ..., "message": ...}}.
///
/// Only this user and root get one. A client has a few seconds, and only some are served at a time:
/// what one of them does is no matter of the runtime's or of the others'.
///
/// Thread: made and destroyed by one thread; the destructor waits for the own one.
class ControlSocket {
 public:
  /// What sun_path holds, without its end.
  static constexpr std::size_t kPathBytesMax = 107;
  /// A request is at most so long, its newline included.
  static constexpr std::size_t kRequestBytesMax = 512;
  static constexpr std::size_t kClientsMax = 16;
  /// From its connection to the last byte of its answer.
  static constexpr std::chrono::seconds kClientTime{10};

  /// Borrows `core`. Errors: invalid_argument (the path), already_exists (somebody listens there,
  /// or it is no socket), denied, io.
  [[nodiscard]] static Result<std::unique_ptr<ControlSocket>> open(Core& core, std::string path);
  ~ControlSocket();
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

 private:
  /// One that has connected, until it has its answer.
  struct Client {
    int socket = -1;
    std::chrono::steady_clock::time_point until{};
    std::string request{};
    std::string answer{};
    std::size_t sent = 0;
    bool answering = false;
  };

  ControlSocket(Core& core, std::string path) noexcept : core_(core), path_(std::move(path)) {}

  [[nodiscard]] Result<void> listen();
  [[nodiscard]] Result<void> make_way() const;
  void serve();
  void accept_one();
  /// Answers false when it is done with.
  [[nodiscard]] bool advance(Client& client, short events);
  [[nodiscard]] bool receive(Client& client);
  [[nodiscard]] static bool send(Client& client);
  [[nodiscard]] std::string answer(std::string_view request);
  [[nodiscard]] std::string answer_tree(bool tasks);
  [[nodiscard]] std::string answer_tasks(std::string_view name);

  Core& core_;
  const std::string path_;
  int socket_ = -1;
  int wakeup_ = -1;  ///< closed at its other end, `stop_`, once the thread is to end
  int stop_ = -1;
  std::uint64_t inode_ = 0;
  std::list<Client> clients_;  ///< the thread's
  std::thread thread_;
};

}  // namespace moonwright::actors
