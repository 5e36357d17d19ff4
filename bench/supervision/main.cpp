// main.cpp: measures what looking after actors costs, and whether what it promises holds.
//
// supervision [--runs N] [--actors N] [--seconds N] [--lease] [--growth] [--children] [--crashes]
// [--recycle]: all sections, or those that are named.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "children.hpp"
#include "quota.hpp"
#include "recycling.hpp"
#include "support/options.hpp"

namespace moonwright::bench {
namespace {

constexpr int kMost = 100'000'000;

int main(int argc, char** argv) {
  int runs = 31;
  int actors = 10'000;
  int seconds = 10;
  bool lease = false;
  bool growth = false;
  bool children = false;
  bool crashes = false;
  bool recycle = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    const auto read = [&](int& number) {
      return ++i < argc && parse_count(argv[i], number, kMost);
    };
    const bool known = name == "--lease"      ? (lease = true)
                       : name == "--growth"   ? (growth = true)
                       : name == "--children" ? (children = true)
                       : name == "--crashes"  ? (crashes = true)
                       : name == "--recycle"  ? (recycle = true)
                       : name == "--runs"     ? read(runs)
                       : name == "--actors"   ? read(actors)
                       : name == "--seconds"  ? read(seconds)
                                              : false;
    if (known) continue;
    std::fprintf(stderr,
                 "supervision [--runs N] [--actors N] [--seconds N] [--lease] [--growth] "
                 "[--children] [--crashes] [--recycle]\n");
    return 2;
  }
  const bool all = !lease && !growth && !children && !crashes && !recycle;
  // Those in processes of their own come first: nothing runs here yet.
  if (all || children) print(run_children(10 * actors));
  if (all || crashes) print(run_crashes(1'000));
  if (all || recycle) print(run_recycling(1'000, std::chrono::seconds(seconds)));
  if (all || lease) print(run_lease_cost(runs));
  if (all || growth) print(run_random_growth(actors, std::chrono::seconds(seconds)));
  // Threads of the stages are left to the end of the process.
  std::fflush(stdout);
  std::_Exit(0);
}

}  // namespace
}  // namespace moonwright::bench

int main(int argc, char** argv) { return moonwright::bench::main(argc, argv); }
