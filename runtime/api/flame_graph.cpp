// flame_graph.cpp: a profile of processor time as a picture.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "moonwright/cpu_profile.hpp"
#include "moonwright/durations.hpp"
#include "runtime/api/decimal.hpp"
#include "runtime/api/svg_writer.hpp"

namespace moonwright {
namespace {

using Stack = CpuProfile::Stack;

constexpr double kWidth = 1200, kMargin = 10, kHead = 50;
constexpr double kRow = 18;
constexpr double kLetter = 7.3;  ///< the width of one, about
constexpr double kTextBaseline = 13;
/// What is narrower shows nothing, and there may be very many of it.
constexpr double kBoxMin = 0.3;
constexpr std::size_t kTextMin = 3;

/// The same function has the same colour in every picture.
std::string_view colour_of(std::string_view frame) {
  constexpr std::array<std::string_view, 8> kColours{"#e8743b", "#e89a3b", "#e8b93b", "#dc6a4f",
                                                     "#eda24e", "#d9853a", "#efc15d", "#e2604a"};
  std::uint32_t hash = 2166136261u;
  for (const char letter : frame) {
    hash = (hash ^ static_cast<unsigned char>(letter)) * 16777619u;
  }
  return kColours[hash % kColours.size()];
}

/// As much of a frame as fits, whole letters of UTF-8 only.
std::string shortened(const std::string& frame, double width) {
  const auto letters = static_cast<std::size_t>(std::max((width - 4) / kLetter, 0.0));
  if (frame.size() <= letters) return frame;
  if (letters < kTextMin) return {};
  std::size_t end = letters - 2;
  while (end > 0 && (static_cast<unsigned char>(frame[end]) & 0xc0u) == 0x80u) --end;
  return frame.substr(0, end) + "..";
}

class FlameGraph {
 public:
  FlameGraph(const CpuProfile& profile, std::string_view title)
      : profile_(profile),
        depth_(depth_of(profile)),
        svg_(kWidth, kHead + static_cast<double>(depth_ + 1) * kRow + kMargin, title) {
    svg_.text(kMargin, 20, title);
  }

  std::string draw() {
    svg_.text(
        kMargin, 38,
        std::to_string(profile_.samples) + " samples in " + format_duration(profile_.duration));
    const double width = kWidth - 2 * kMargin;
    per_sample_ = width / static_cast<double>(profile_.samples);
    box(kMargin, width, 0, "all", profile_.samples);
    rows(0, profile_.stacks.size(), 0, kMargin);
    return svg_.take();
  }

  std::string draw_nothing() {
    svg_.text(kWidth / 2, kHead, "no samples were taken", "middle");
    return svg_.take();
  }

 private:
  static std::size_t depth_of(const CpuProfile& profile) {
    std::size_t depth = 0;
    for (const Stack& stack : profile.stacks) depth = std::max(depth, stack.frames.size());
    return depth;
  }

  /// Draws the stacks from `begin` to `end`, which have the first `level` frames in common, from
  /// there inwards. Stacks of a profile are sorted, so those with one more in common lie together.
  void rows(std::size_t begin, std::size_t end, std::size_t level, double x) {
    while (begin < end) {
      const Stack& first = profile_.stacks[begin];
      if (first.frames.size() <= level) {  // its innermost call is the box below
        x += static_cast<double>(first.samples) * per_sample_;
        ++begin;
        continue;
      }
      const std::string& frame = first.frames[level];
      std::size_t next = begin;
      std::uint64_t samples = 0;
      for (; next < end; ++next) {
        const Stack& stack = profile_.stacks[next];
        if (stack.frames.size() <= level || stack.frames[level] != frame) break;
        samples += stack.samples;
      }
      const double width = static_cast<double>(samples) * per_sample_;
      if (width >= kBoxMin) {
        box(x, width, level + 1, frame, samples);
        rows(begin, next, level + 1, x);
      }
      x += width;
      begin = next;
    }
  }

  void box(double x, double width, std::size_t row, const std::string& frame,
           std::uint64_t samples) {
    const double y = kHead + static_cast<double>(depth_ - row) * kRow;
    const double share = static_cast<double>(samples) / static_cast<double>(profile_.samples);
    svg_.box(x, y, width, kRow - 1, colour_of(frame),
             frame + ": " + std::to_string(samples) + " samples, " + format_fixed(share * 100, 1) +
                 " %");
    const std::string label = shortened(frame, width);
    if (!label.empty()) svg_.text(x + 2, y + kTextBaseline, label);
  }

  const CpuProfile& profile_;
  const std::size_t depth_;
  SvgWriter svg_;
  double per_sample_ = 0;
};

}  // namespace

std::string to_svg(const CpuProfile& profile, std::string_view title) {
  FlameGraph graph(profile, title);
  return profile.empty() ? graph.draw_nothing() : graph.draw();
}

}  // namespace moonwright
