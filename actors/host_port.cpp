// host_port.cpp: see host_port.hpp.
#include "actors/host_port.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "runtime/codec.hpp"

namespace moonwright::actors {
namespace {

Result<Values> values_of(const Message& message) {
  auto values = runtime::decode_values(message.bytes(), message.ref_list());
  if (!values || message.kind == MessageKind::reply) return values;
  // A failure: code, text, traceback, and perhaps the value that was raised.
  if (values->size() < 3) return fail(ErrorCode::corrupt, "a malformed failure");
  return fail(static_cast<ErrorCode>((*values)[0].as_integer()),
              std::string((*values)[1].as_string()), std::string((*values)[2].as_string()));
}

}  // namespace

ActorRef HostPort::make(const Clock& clock, TimerService& timers) {
  return ActorRef::of(new HostPort(clock, timers));
}

HostPort::HostPort(const Clock& clock, TimerService& timers) noexcept
    : Address(AddressKind::port, 0), clock_(clock), timers_(timers) {}

void HostPort::add_ref() const noexcept { references_.fetch_add(1, std::memory_order_relaxed); }

void HostPort::release() const noexcept {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

std::uint64_t HostPort::open(Instant deadline, Done done) {
  std::uint64_t number = 0;
  bool arm = false;
  {
    std::unique_lock lock(mutex_);
    if (closed_) {
      lock.unlock();
      done(fail(*closed_));
      return 0;
    }
    number = next_number_++;
    requests_.emplace(number, Request{deadline, std::move(done)});
    deadlines_.emplace(deadline, number);
    arm = deadline < armed_;
    if (arm) armed_ = deadline;
  }
  if (arm) timers_.set_earlier(*this, deadline);
  return number;
}

HostPort::Done HostPort::take(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  const auto at = requests_.find(number);
  if (at == requests_.end()) return nullptr;
  Done done = std::move(at->second.done);
  deadlines_.erase({at->second.deadline, number});
  requests_.erase(at);
  completing_.fetch_add(1, std::memory_order_relaxed);
  return done;
}

void HostPort::complete(std::uint64_t number, Result<Values> result) {
  Done done = take(number);
  if (!done) return;
  done(std::move(result));
  done = nullptr;
  // Last: close() goes on then, and what `done` used may be gone.
  if (completing_.fetch_sub(1, std::memory_order_release) == 1) completing_.notify_all();
}

void HostPort::fail_request(std::uint64_t number, Error error) {
  complete(number, fail(std::move(error)));
}

bool HostPort::deliver(MessagePtr message, caf::execution_unit*) noexcept {
  if (message->kind != MessageKind::reply && message->kind != MessageKind::failure) return false;
  complete(message->correlation, values_of(*message));
  return true;
}

void HostPort::close(const Error& error) {
  std::unordered_map<std::uint64_t, Request> open;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    closed_ = error;
    open.swap(requests_);
    deadlines_.clear();
  }
  timers_.cancel(*this);
  for (auto& [number, request] : open) request.done(fail(error));
  // An actor of another runtime may be in the middle of answering.
  for (int left = 0; (left = completing_.load(std::memory_order_acquire)) != 0;) {
    completing_.wait(left);
  }
}

Instant HostPort::ring() noexcept {
  const Instant now = clock_.now();
  std::vector<Done> expired;
  Instant next = kNever;
  {
    const std::lock_guard lock(mutex_);
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
      const auto at = requests_.find(deadlines_.begin()->second);
      expired.push_back(std::move(at->second.done));
      requests_.erase(at);
      deadlines_.erase(deadlines_.begin());
    }
    if (!deadlines_.empty()) next = deadlines_.begin()->first;
    armed_ = next;
  }
  for (const Done& done : expired) {
    done(fail(ErrorCode::timeout, "no answer before the deadline"));
  }
  return next;
}

}  // namespace moonwright::actors
