// svg_writer.hpp: pictures as text.
#pragma once

#include <string>
#include <string_view>

namespace moonwright {

/// Appends elements to one SVG document that needs nothing from elsewhere and runs nothing.
/// Coordinates are in pixels, from the upper left.
///
/// Thread: as std::string.
class SvgWriter {
 public:
  SvgWriter(double width, double height, std::string_view title);

  /// @param css a fill such as "#e0e0e0".
  /// @param tip shown by a viewer when it is pointed at; empty: nothing is.
  void box(double x, double y, double width, double height, std::string_view css,
           std::string_view tip = {});
  void line(double x1, double y1, double x2, double y2, std::string_view css);
  /// @param anchor "start", "middle" or "end": which part of the text is at `x`.
  void text(double x, double y, std::string_view what, std::string_view anchor = "start");
  /// A line through points, each added by point(), to be ended before anything else.
  void begin_line();
  void point(double x, double y);
  void end_line(std::string_view css);

  /// The whole document. Nothing may be added any more.
  [[nodiscard]] std::string take();

 private:
  void number(double value);
  void attribute(const char* name, double value);
  void escaped(std::string_view what);

  std::string out_;
};

}  // namespace moonwright
