// memory_chart.cpp: a memory profile as a picture.
#include <algorithm>
#include <cstdint>
#include <string>

#include "moonwright/bytes.hpp"
#include "moonwright/durations.hpp"
#include "moonwright/memory_profile.hpp"
#include "runtime/api/svg_writer.hpp"

namespace moonwright {
namespace {

constexpr double kWidth = 900, kHeight = 420;
constexpr double kLeft = 90, kRight = 30, kTop = 50, kBottom = 60;
constexpr double kPlotWidth = kWidth - kLeft - kRight;
constexpr double kPlotHeight = kHeight - kTop - kBottom;
constexpr int kGridLines = 4;
constexpr double kLabelHeight = 14;
constexpr int kLabelRows = 4;

/// Where times and bytes lie in the picture.
class Axes {
 public:
  explicit Axes(const MemoryProfile& profile)
      : begin_(profile.samples.front().at),
        span_(
            std::max<double>(static_cast<double>((profile.samples.back().at - begin_).count()), 1)),
        top_(std::max<double>(static_cast<double>(profile.peak_bytes), 1)) {}

  [[nodiscard]] double x(std::chrono::nanoseconds at) const noexcept {
    return kLeft + static_cast<double>((at - begin_).count()) / span_ * kPlotWidth;
  }
  [[nodiscard]] double y(double bytes) const noexcept {
    return kTop + (1 - bytes / top_) * kPlotHeight;
  }
  [[nodiscard]] double top() const noexcept { return top_; }
  [[nodiscard]] double span() const noexcept { return span_; }

 private:
  std::chrono::nanoseconds begin_;
  double span_;
  double top_;
};

void draw_grid(SvgWriter& svg, const Axes& axes) {
  for (int i = 0; i <= kGridLines; ++i) {
    const double part = static_cast<double>(i) / kGridLines;
    const double y = axes.y(axes.top() * part);
    svg.line(kLeft, y, kWidth - kRight, y, "#dddddd");
    svg.text(kLeft - 6, y + 4, format_bytes(static_cast<std::uint64_t>(axes.top() * part)), "end");
    const std::chrono::nanoseconds time(static_cast<std::int64_t>(axes.span() * part));
    svg.text(kLeft + part * kPlotWidth, kHeight - kBottom + 20, format_duration(time), "middle");
  }
}

void draw_samples(SvgWriter& svg, const Axes& axes, const MemoryProfile& profile) {
  svg.begin_line();
  for (const MemorySample& sample : profile.samples) {
    svg.point(axes.x(sample.at), axes.y(static_cast<double>(sample.used_bytes)));
  }
  svg.end_line("#2060c0");
}

void draw_labels(SvgWriter& svg, const Axes& axes, const MemoryProfile& profile) {
  int row = 0;
  for (const MemorySample& sample : profile.samples) {
    if (sample.label.empty()) continue;
    const double x = axes.x(sample.at);
    const double y = axes.y(static_cast<double>(sample.used_bytes));
    svg.box(x - 3, y - 3, 6, 6, "#c04020", sample.label + ": " + format_bytes(sample.used_bytes));
    // In rows, since labels that follow each other closely would lie on each other.
    const double below = kTop + kLabelHeight + row * kLabelHeight;
    const bool is_right = x > kLeft + kPlotWidth / 2;
    svg.text(is_right ? x - 6 : x + 6, below, sample.label, is_right ? "end" : "start");
    row = (row + 1) % kLabelRows;
  }
}

}  // namespace

std::string to_svg(const MemoryProfile& profile, std::string_view title) {
  SvgWriter svg(kWidth, kHeight, title);
  svg.text(kLeft, kTop - 28, title);
  if (profile.empty()) {
    svg.text(kWidth / 2, kHeight / 2, "no samples were taken", "middle");
    return svg.take();
  }
  svg.text(kLeft, kTop - 12,
           "peak " + format_bytes(profile.peak_bytes) + ", average " +
               format_bytes(static_cast<std::uint64_t>(profile.average_bytes)) + ", " +
               std::to_string(profile.samples_taken) + " samples in " +
               format_duration(profile.duration));
  const Axes axes(profile);
  draw_grid(svg, axes);
  draw_samples(svg, axes, profile);
  draw_labels(svg, axes, profile);
  return svg.take();
}

}  // namespace moonwright
