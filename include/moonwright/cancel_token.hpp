// cancel_token.hpp: a switch that gives work up, for those who started it.
#pragma once

#include <functional>
#include <stop_token>
#include <utility>

#include "moonwright/export.hpp"

namespace moonwright {

/// A handle of a switch that can be tripped once. Copies are handles of the same switch; one token
/// may be given to any number of executions.
///
/// Thread: any. It may be tripped before, during and after the work that it is for, and may outlive
/// the runtime.
class CancelToken {
 public:
  /// A new switch, not tripped. Not inline: a host that is compiled with a sanitizer by gcc 12
  /// would be warned of the inside of std::stop_source.
  MOONWRIGHT_API CancelToken();

  /// Trips it. Whoever is registered is called, on this thread, before the first call returns;
  /// every other call does nothing.
  void cancel() { switch_.request_stop(); }
  [[nodiscard]] bool cancelled() const noexcept { return switch_.stop_requested(); }

  /// Calls a function once when a token is tripped: at once, from the constructor, if it is tripped
  /// already. No lock is held meanwhile, so the function may do as it likes, short of throwing.
  ///
  /// The destructor takes the registration back; if the function is running on another thread, it
  /// waits until that has returned.
  class Registration {
   public:
    Registration(const CancelToken& token, std::function<void()> function)
        : callback_(token.switch_.get_token(), std::move(function)) {}

   private:
    std::stop_callback<std::function<void()>> callback_;
  };

 private:
  std::stop_source switch_;
};

}  // namespace moonwright
