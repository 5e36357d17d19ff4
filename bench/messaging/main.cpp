// main.cpp: measures how fast script actors talk to each other.
#include <algorithm>
#include <cstdio>
#include <optional>
#include <string_view>
#include <vector>

#include "messaging/peers.hpp"
#include "messaging/report.hpp"
#include "messaging/workloads.hpp"
#include "support/options.hpp"
#include "support/process.hpp"

namespace moonwright::bench {
namespace {

struct Options {
  std::vector<Workload> workloads;
  int repeat = 3;
  Pick pick = Pick::median;
  bool json = false;
  bool peers = false;
};

int usage(std::FILE* out) {
  std::fputs(
      "usage: messaging [OPTION...] [WORKLOAD...]\n"
      "  --json       print one JSON object instead of a table\n"
      "  --peers      run the same in Erlang, in turn, and print the ratios\n"
      "  --repeat N   run everything N times (3)\n"
      "  --best       print the best run instead of the median\n"
      "workloads, all if none is given:\n",
      out);
  for (const Workload& workload : workloads()) {
    std::fprintf(out, "  %-13s %s\n", std::string(workload.name).c_str(),
                 std::string(workload.text).c_str());
  }
  return out == stdout ? 0 : 2;
}

bool add_workload(std::string_view name, Options& options) {
  const auto all = workloads();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const Workload& workload) { return workload.name == name; });
  if (found == all.end()) return false;
  options.workloads.push_back(*found);
  return true;
}

std::optional<Options> parse(const std::vector<std::string_view>& arguments) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "--json") {
      options.json = true;
    } else if (argument == "--peers") {
      options.peers = true;
    } else if (argument == "--best") {
      options.pick = Pick::best;
    } else if (argument == "--repeat" && i + 1 < arguments.size()) {
      if (!parse_count(arguments[++i], options.repeat)) return std::nullopt;
    } else if (!add_workload(argument, options)) {
      return std::nullopt;
    }
  }
  if (options.workloads.empty()) {
    options.workloads.assign(workloads().begin(), workloads().end());
  }
  return options;
}

/// Each round runs everything once, ours and the peer's in turn, so that a slow minute of the
/// machine hits both.
int run(const Options& options) {
  const auto erlang = options.peers ? ErlangPeer::prepare() : std::nullopt;
  if (options.peers && !erlang) {
    std::fputs("messaging: cannot compile the Erlang program; is erlang-base installed?\n", stderr);
    return 1;
  }
  Samples ours;
  Samples peers;
  for (int round = 0; round < options.repeat; ++round) {
    for (const Workload& workload : options.workloads) {
      const auto figures = run_isolated(workload.run);
      const auto other = erlang ? erlang->run(workload.name) : Figures();
      if (!figures || !other) {
        std::fprintf(stderr, "messaging: %s failed%s: %s\n", std::string(workload.name).c_str(),
                     figures ? " in Erlang" : "",
                     (figures ? other : figures).error().message.c_str());
        return 1;
      }
      ours.add(*figures);
      peers.add(*other);
    }
  }
  const auto print = options.json ? print_json : print_table;
  print(ours, erlang ? &peers : nullptr, options.pick);
  return 0;
}

}  // namespace
}  // namespace moonwright::bench

int main(int argc, char** argv) {
  namespace bench = moonwright::bench;
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  if (arguments.size() == 1 && (arguments[0] == "--help" || arguments[0] == "-h")) {
    return bench::usage(stdout);
  }
  const auto options = bench::parse(arguments);
  return options ? bench::run(*options) : bench::usage(stderr);
}
