// main.cpp: everything at once, for as long as asked for, and what is left of it.
//
// soak [--minutes N | --seconds N] [--seed N]
//
// In rounds of a few seconds all works go on at the same time, each on a thread of its own, in one
// runtime. Then they end, and everything that they have begun with them; what is there then is
// compared with what was there after the first rounds, the warm-up. Exit code 1: something has not
// returned to where it was, a request was not answered once, or an answer was wrong.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "measures.hpp"
#include "stage.hpp"
#include "support/temp_folder.hpp"

namespace moonwright::soak {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::seconds;

constexpr const char* kUsage = "usage: soak [--minutes N | --seconds N] [--seed N]\n";
constexpr std::uint64_t kBudget = std::uint64_t{128} << 20;
constexpr int kWarmUpRounds = 2;
constexpr seconds kSettlePatience = kPatience + seconds(30);
/// Twice that is for ever.
constexpr seconds kRoundPatience = 2 * kSettlePatience;

struct Options {
  seconds time{600};
  std::uint64_t seed = std::random_device()();
};

bool read_options(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; i += 2) {
    const std::string_view name = argv[i];
    std::uint64_t number = 0;
    if (i + 1 == argc) return false;
    const char* const end = argv[i + 1] + std::strlen(argv[i + 1]);
    if (std::from_chars(argv[i + 1], end, number).ptr != end) return false;
    if (name == "--seed") {
      options.seed = number;
      continue;
    }
    if ((name != "--minutes" && name != "--seconds") || number < 1 || number > 1'000'000) {
      return false;
    }
    options.time = seconds(name == "--minutes" ? 60 * number : number);
  }
  return true;
}

std::string shown(const Measure& measure) {
  return measure.in_bytes ? format_bytes(measure.value) : std::to_string(measure.value);
}

/// A round that does not end is one of the things to find: then this does, from a signal handler.
[[noreturn]] void give_up_on_round(int /*signal*/) {
  constexpr std::string_view kText = "soak: a round does not end\nsoak: FAILED\n";
  static_cast<void>(!::write(STDOUT_FILENO, kText.data(), kText.size()));
  std::_Exit(1);
}

/// Why an actor was recycled, without the figures.
std::string cause_of(const Event& event) {
  constexpr std::string_view kCauses[] = {"reloaded", "restored",      "on request",
                                          "is short", "not been used", "generation is old",
                                          "health"};
  for (const std::string_view cause : kCauses) {
    if (event.reason.find(cause) != std::string::npos) return "recycled: " + std::string(cause);
  }
  return "recycled: other";
}

/// What has to have happened for a soak to say anything.
constexpr std::string_view kNeeded[] = {
    "actors reloaded",       "actors spawned",        "calls between actors",
    "changes of the budget", "checkpoints asked for", "checkpoints given back",
    "dedicated threads",     "events: dead_letter",   "events: destroyed",
    "events: error",         "events: limit",         "events: passivated",
    "events: woken",         "executions in pools",   "looks under pressure",
    "pools found grown",     "pools found small",     "recycled: health",
    "recycled: on request",  "recycled: reloaded",    "recycled: restored",
    "requests cancelled",    "second runtimes",
};

/// Everything that lasts for the whole program.
class Soak {
 public:
  explicit Soak(const Options& options)
      : options_(options), runtime_(start(source_, folder_.path())) {
    stage_.folder = folder_.path();
    stage_.scripts = MOONWRIGHT_SOURCE_DIR "/tests/soak/scripts";
    subscription_ = runtime_.on_event([this](const Event& event) {
      ledger_.count("events: " + std::string(to_string(event.type)));
      if (event.type == EventType::recycled) ledger_.count(cause_of(event));
    });
  }

  /// Whether all is well.
  bool run() {
    std::printf("soak: %lld s, seed %llu\n", static_cast<long long>(options_.time.count()),
                static_cast<unsigned long long>(options_.seed));
    std::fflush(stdout);
    const auto round_time = std::clamp(options_.time / 6, seconds(1), seconds(5));
    const auto until = Clock::now() + options_.time;
    auto next_line = Clock::now() + seconds(60);
    // A slow machine has more time for everything to happen.
    const auto latest = Clock::now() + 4 * options_.time;
    while (Clock::now() < until || rounds_ <= kWarmUpRounds ||
           (!missing().empty() && Clock::now() < latest)) {
      if (!round(round_time)) return report(false);
      if (Clock::now() >= next_line) {
        next_line += seconds(60);
        print_line();
      }
    }
    return report(true);
  }

 private:
  static Runtime start(CountingSource& source, const std::string& folder) {
    RuntimeOptions options;
    options.workers = 2;
    options.memory_source = &source;
    options.memory_budget_bytes = kBudget;
    options.spare_memory_bytes_max = std::uint64_t{1} << 20;
    options.script_root = MOONWRIGHT_SOURCE_DIR "/tests/soak/scripts";
    options.control_socket = folder + "/control";
    auto runtime = Runtime::start(std::move(options));
    if (runtime) return std::move(*runtime);
    std::fprintf(stderr, "soak: %s\n", runtime.error().message.c_str());
    std::_Exit(1);
  }

  /// False if it cannot be ended: then nothing can be measured.
  bool round(seconds time) {
    ++rounds_;
    ::alarm(static_cast<unsigned>((time + kRoundPatience).count()));
    play(time);
    if (!settle()) return false;
    ::alarm(0);
    std::vector<Measure> now = measure(runtime_, source_);
    // What goes to rest, and so the figures, may need a moment.
    for (int i = 0; i < 50 && rounds_ > kWarmUpRounds && !differences(now).empty(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      now = measure(runtime_, source_);
    }
    if (rounds_ == kWarmUpRounds) first_ = now;
    if (rounds_ > kWarmUpRounds && !differences(now).empty()) {
      ++bad_rounds_;
      std::printf("soak: round %d: %s\n", rounds_, differences(now).c_str());
    }
    if (most_.empty()) most_ = now;
    for (std::size_t i = 0; i < now.size(); ++i) {
      most_[i].value = std::max(most_[i].value, now[i].value);
    }
    last_ = std::move(now);
    return true;
  }

  /// All works, at the same time.
  void play(seconds time) {
    using Make = std::unique_ptr<Work> (*)(Stage&);
    constexpr Make kWorks[] = {make_crowd, make_family, make_services, make_pools,
                               make_hogs,  make_vaults, make_sleepers, make_observer};
    const auto until = Clock::now() + time;
    std::vector<std::thread> threads;
    std::uint64_t seed = options_.seed + static_cast<std::uint64_t>(rounds_) * 1'000;
    for (const Make make : kWorks) {
      threads.emplace_back([this, make, until, seed = ++seed] {
        Random random(seed);
        const std::unique_ptr<Work> work = make(stage_);
        while (Clock::now() < until) {
          work->step(random);
          // Those who ask are not to be faster than those who answer.
          do {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
          } while (ledger_.waiting() > kWaitingMost && Clock::now() < until);
        }
        work->end();
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

  /// Waits until all has ended and everybody has been answered.
  bool settle() {
    const auto give_up = Clock::now() + kSettlePatience;
    const auto settled = [this] {
      return runtime_.actor_count() == 0 && ledger_.waiting() == 0 && ledger_.alive() == 0;
    };
    while (!settled()) {
      if (Clock::now() > give_up) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }

  /// What would have had to happen.
  [[nodiscard]] std::vector<std::string> missing() const {
    const auto counts = ledger_.counts();
    std::vector<std::string> missing;
    for (const std::string_view needed : kNeeded) {
      if (!counts.contains(std::string(needed))) missing.emplace_back(needed);
    }
    return missing;
  }

  /// What is not where it was, as text.
  [[nodiscard]] std::string differences(const std::vector<Measure>& now) const {
    std::string text;
    for (std::size_t i = 0; i < now.size(); ++i) {
      if (now[i].value <= first_[i].value + now[i].allowance) continue;
      text += (text.empty() ? "" : "; ") + now[i].name + " was " + shown(first_[i]) + " and is " +
              shown(now[i]);
    }
    return text;
  }

  void print_line() {
    std::uint64_t failed = 0;
    for (const auto& [name, count] : ledger_.failed()) failed += count;
    std::printf("soak: round %d: %llu sent, %llu answered, %llu failed by name; %s resident\n",
                rounds_, static_cast<unsigned long long>(ledger_.sent()),
                static_cast<unsigned long long>(ledger_.answered()),
                static_cast<unsigned long long>(failed), format_bytes(resident_bytes()).c_str());
    std::fflush(stdout);
  }

  bool report(bool settled) {
    for (const std::string& needed : missing()) ledger_.complain("did not happen: " + needed);
    print_line();
    if (settled) print_measures();
    for (const auto& [name, count] : ledger_.failed()) {
      std::printf("  failed, %-27s %12llu\n", name.c_str(), static_cast<unsigned long long>(count));
    }
    for (const auto& [name, count] : ledger_.counts()) {
      std::printf("  %-35s %12llu\n", name.c_str(), static_cast<unsigned long long>(count));
    }
    std::printf("  %-35s %12llu\n", "events dropped",
                static_cast<unsigned long long>(runtime_.dropped_events()));
    if (!settled) print_what_is_left();
    for (const std::string& text : ledger_.complaints()) std::printf("soak: %s\n", text.c_str());
    const bool well = settled && bad_rounds_ == 0 && ledger_.complaints().empty();
    std::printf("soak: %s\n", well ? "all returned to where it was" : "FAILED");
    std::fflush(stdout);
    return well;
  }

  void print_measures() {
    std::printf("\n  %-28s %14s %14s %14s %14s\n", "", "after warm-up", "at the end", "most",
                "allowed more");
    for (std::size_t i = 0; i < last_.size(); ++i) {
      Measure allowed = last_[i];
      allowed.value = allowed.allowance;
      std::printf("  %-28s %14s %14s %14s %14s\n", last_[i].name.c_str(), shown(first_[i]).c_str(),
                  shown(last_[i]).c_str(), shown(most_[i]).c_str(), shown(allowed).c_str());
    }
    std::printf("\n");
  }

  void print_what_is_left() {
    std::printf(
        "soak: after 90 s there are still %zu actors, %llu requests that nobody has "
        "answered, and %llu actors whose end was not told\n",
        runtime_.actor_count(), static_cast<unsigned long long>(ledger_.waiting()),
        static_cast<unsigned long long>(ledger_.alive()));
    for (const QuotaRow& row : runtime_.quota_status().actors) {
      std::printf("  %s, number %llu, %s\n", row.name.c_str(),
                  static_cast<unsigned long long>(row.id), format_bytes(row.used).c_str());
    }
  }

  static constexpr std::uint64_t kWaitingMost = 3'000;

  const Options options_;
  const tests::TempFolder folder_;
  CountingSource source_;
  Ledger ledger_;
  Runtime runtime_;
  Stage stage_{runtime_, ledger_, {}, {}};
  EventSubscription subscription_;
  int rounds_ = 0;
  int bad_rounds_ = 0;
  std::vector<Measure> first_;
  std::vector<Measure> most_;
  std::vector<Measure> last_;
};

int main(int argc, char** argv) {
  std::signal(SIGALRM, give_up_on_round);
  Options options;
  if (!read_options(argc, argv, options)) return std::fputs(kUsage, stderr), 2;
  Soak soak(options);
  return soak.run() ? 0 : 1;
}

}  // namespace
}  // namespace moonwright::soak

int main(int argc, char** argv) { return moonwright::soak::main(argc, argv); }
