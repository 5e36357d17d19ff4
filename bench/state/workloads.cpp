// workloads.cpp: the list of them.
#include "state/workloads.hpp"

namespace moonwright::bench {
namespace {

using std::chrono::seconds;

constexpr Workload kWorkloads[] = {
    {"kill", "an endless loop with a timeout of 200 ms: how late it ends", kill, seconds(30)},
    {"loops", "100 endless loops and one echo actor on 2 workers", loops, seconds(30)},
    {"pairs", "10 endless loops and 2 saturating pairs on 2 workers", pairs, seconds(30)},
    {"family", "a loop beside another actor's 100 looping children", family, seconds(30)},
    {"slices", "two loops that take turns at each look of a count hook", slices, seconds(30)},
    {"heaps", "how large a heap gets, by its collector", heaps, seconds(60)},
    {"turnover", "actors that start, run a small script and end", turnover, seconds(60)},
};

}  // namespace

std::span<const Workload> workloads() { return kWorkloads; }

}  // namespace moonwright::bench
