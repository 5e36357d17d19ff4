// children.cpp: see children.hpp.
#include "children.hpp"

#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <future>
#include <moonwright/moonwright.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/give_up.hpp"
#include "support/memory.hpp"
#include "support/samples.hpp"

namespace moonwright::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kChild = R"(
  require("bench").begun()
  return { boom = function() error "boom" end }
)";

/// A runtime whose scripts say when they begin.
class Theatre {
 public:
  Theatre() : runtime_(value_of(Runtime::start(options()))) {
    const auto exposed = runtime_.expose("bench.begun", [this](Call&) -> Result<Values> {
      last_ns_.store(Clock::now().time_since_epoch().count());
      begun_.fetch_add(1);
      return Values{};
    });
    if (!exposed) give_up(exposed.error().message);
  }

  [[nodiscard]] Runtime& runtime() noexcept { return runtime_; }
  [[nodiscard]] Clock::time_point last() const {
    return Clock::time_point(Clock::duration(last_ns_.load()));
  }
  void wait_for(int count) const {
    while (begun_.load() < count) std::this_thread::sleep_for(std::chrono::microseconds(50));
  }

  static SpawnOptions child() {
    SpawnOptions options;
    options.script = Script::text(kChild, "child");
    options.sandbox = Capabilities{.modules = {"bench"}};
    return options;
  }

  ActorRef supervisor(int count) {
    SupervisorSpec spec;
    spec.max_children = static_cast<std::uint32_t>(count);
    spec.intensity.restarts = Intensity::kUnlimited;
    spec.back_off.first = std::chrono::milliseconds(0);
    return value_of(runtime_.supervise(spec));
  }

 private:
  static RuntimeOptions options() {
    RuntimeOptions options;
    options.log.target = LogOptions::Target::none;
    return options;
  }

  std::atomic<int> begun_{0};
  std::atomic<Clock::rep> last_ns_{0};
  Runtime runtime_;
};

/// What is in use, without what the heap keeps of what was on its way.
double settled_bytes() {
  malloc_trim(0);
  return resident_bytes();
}

double per_second(int count, Clock::time_point since) {
  return count / std::chrono::duration<double>(Clock::now() - since).count();
}

Figures supervised(int count) {
  Theatre theatre;
  const ActorRef supervisor = theatre.supervisor(count);
  const double before = settled_bytes();
  auto began = Clock::now();
  // As many at a time as a mailbox holds with ease.
  constexpr std::size_t kUnderWay = 1'000;
  std::deque<std::future<Result<ActorRef>>> started;
  std::vector<ActorRef> children;
  children.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    ChildSpec spec;
    spec.id = std::to_string(i);
    spec.spawn = Theatre::child();
    started.push_back(theatre.runtime().start_child(supervisor, std::move(spec)));
    if (started.size() < kUnderWay) continue;
    children.push_back(value_of(started.front().get()));
    started.pop_front();
  }
  for (auto& each : started) children.push_back(value_of(each.get()));
  const double start_rate = per_second(count, began);
  started.clear();
  const double bytes = (settled_bytes() - before) / count;
  began = Clock::now();
  for (const ActorRef& child : children) {
    if (!theatre.runtime().kill_actor(child)) give_up("a child is gone");
  }
  theatre.wait_for(2 * count);
  const double restart_rate = per_second(count, began);
  return {{"children_started_per_s", start_rate},
          {"children_restarted_per_s", restart_rate},
          {"bytes", bytes}};
}

Figures plain(int count) {
  Theatre theatre;
  const double before = settled_bytes();
  std::vector<ActorRef> actors;
  actors.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i)
    actors.push_back(value_of(theatre.runtime().spawn(Theatre::child())));
  theatre.wait_for(count);
  return {{"bytes", (settled_bytes() - before) / count}};
}

/// The figures of `run`, in a process of its own: memory that another run has left does not count.
Figures apart(const std::function<Figures()>& run) {
  int ends[2];
  if (pipe(ends) != 0) give_up("no pipe");
  std::fflush(stdout);
  const pid_t child = fork();
  if (child < 0) give_up("no process");
  if (child == 0) {
    close(ends[0]);
    FILE* const out = fdopen(ends[1], "w");
    for (const Figure& figure : run()) {
      std::fprintf(out, "%s %.17g\n", figure.key.c_str(), figure.value);
    }
    std::fflush(out);
    std::_Exit(0);
  }
  close(ends[1]);
  FILE* const in = fdopen(ends[0], "r");
  Figures figures;
  char key[64];
  double value = 0;
  while (std::fscanf(in, "%63s %lg", key, &value) == 2) figures.push_back({key, value});
  std::fclose(in);
  int status = 0;
  if (waitpid(child, &status, 0) != child || status != 0) give_up("a run has failed");
  return figures;
}

double bytes_of(const Figures& figures) { return figures.back().value; }

}  // namespace

Figures run_children(int count) {
  const Figures alone = apart([count] { return plain(count); });
  Figures figures = apart([count] { return supervised(count); });
  const double extra = bytes_of(figures) - bytes_of(alone);
  figures.pop_back();
  figures.push_back({"supervision_bytes_per_child", extra});
  figures.push_back({"bytes_per_plain_actor", bytes_of(alone)});
  return figures;
}

Figures run_crashes(int count) {
  return apart([count] {
    Theatre theatre;
    const ActorRef supervisor = theatre.supervisor(1);
    ChildSpec spec;
    spec.spawn = Theatre::child();
    const ActorRef child =
        value_of(theatre.runtime().start_child(supervisor, std::move(spec)).get());
    std::vector<double> times;
    for (int i = 0; i < count; ++i) {
      theatre.wait_for(i + 1);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      const auto began = Clock::now();
      if (!theatre.runtime().send(child, "boom")) give_up("the child is gone");
      theatre.wait_for(i + 2);
      times.push_back(std::chrono::duration<double, std::micro>(theatre.last() - began).count());
    }
    return Figures{{"crash_to_running_us", quantile(times, 0.5)},
                   {"crash_to_running_us_p99", quantile(times, 0.99)}};
  });
}

}  // namespace moonwright::bench
