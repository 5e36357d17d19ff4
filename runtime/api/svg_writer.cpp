// svg_writer.cpp: see svg_writer.hpp.
#include "runtime/api/svg_writer.hpp"

#include <cstddef>
#include <utility>

#include "runtime/api/decimal.hpp"

namespace moonwright {
namespace {

/// How many bytes the UTF-8 sequence at the beginning of `text` has; 0 if there is none that XML
/// allows. Nothing but whole ones may come into a document.
std::size_t sequence_length(std::string_view text) noexcept {
  const auto byte = [&text](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto continues = [&byte](std::size_t i) { return (byte(i) & 0xc0u) == 0x80u; };
  const unsigned first = byte(0);
  if (first < 0x80) return first >= ' ' && first != 0x7f ? 1 : 0;
  if (first >= 0xc2 && first < 0xe0) return continues(1) ? 2 : 0;
  if (first >= 0xe0 && first < 0xf0) {
    if (!continues(1) || !continues(2)) return 0;
    const bool overlong = first == 0xe0 && byte(1) < 0xa0;
    const bool surrogate = first == 0xed && byte(1) >= 0xa0;
    const bool forbidden = first == 0xef && byte(1) == 0xbf && byte(2) >= 0xbe;
    return overlong || surrogate || forbidden ? 0 : 3;
  }
  if (first >= 0xf0 && first < 0xf5) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    return (first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) >= 0x90) ? 0 : 4;
  }
  return 0;
}

}  // namespace

SvgWriter::SvgWriter(double width, double height, std::string_view title) {
  out_ = "<svg xmlns=\"http://www.w3.org/2000/svg\"";
  attribute("width", width);
  attribute("height", height);
  out_ += " font-family=\"monospace\" font-size=\"12\">\n<title>";
  escaped(title);
  out_ += "</title>\n";
  box(0, 0, width, height, "#ffffff");
}

void SvgWriter::number(double value) { out_ += format_fixed(value, 1); }

void SvgWriter::attribute(const char* name, double value) {
  out_ += ' ';
  out_ += name;
  out_ += "=\"";
  number(value);
  out_ += '"';
}

void SvgWriter::escaped(std::string_view what) {
  while (!what.empty()) {
    const std::size_t length = sequence_length(what);
    if (length == 0) {
      out_ += "\xEF\xBF\xBD";
    } else if (what.front() == '&') {
      out_ += "&amp;";
    } else if (what.front() == '<') {
      out_ += "&lt;";
    } else if (what.front() == '>') {
      out_ += "&gt;";
    } else if (what.front() == '"') {
      out_ += "&quot;";
    } else {
      out_ += what.substr(0, length);
    }
    what.remove_prefix(length == 0 ? 1 : length);
  }
}

void SvgWriter::box(double x, double y, double width, double height, std::string_view css,
                    std::string_view tip) {
  out_ += "<rect";
  attribute("x", x);
  attribute("y", y);
  attribute("width", width);
  attribute("height", height);
  out_ += " fill=\"";
  escaped(css);
  if (tip.empty()) {
    out_ += "\"/>\n";
    return;
  }
  out_ += "\"><title>";
  escaped(tip);
  out_ += "</title></rect>\n";
}

void SvgWriter::line(double x1, double y1, double x2, double y2, std::string_view css) {
  out_ += "<line";
  attribute("x1", x1);
  attribute("y1", y1);
  attribute("x2", x2);
  attribute("y2", y2);
  out_ += " stroke=\"";
  escaped(css);
  out_ += "\"/>\n";
}

void SvgWriter::text(double x, double y, std::string_view what, std::string_view anchor) {
  out_ += "<text";
  attribute("x", x);
  attribute("y", y);
  out_ += " text-anchor=\"";
  escaped(anchor);
  // It is not in the way of the box behind it, which has something to show.
  out_ += "\" pointer-events=\"none\">";
  escaped(what);
  out_ += "</text>\n";
}

void SvgWriter::begin_line() { out_ += "<polyline points=\""; }

void SvgWriter::point(double x, double y) {
  number(x);
  out_ += ',';
  number(y);
  out_ += ' ';
}

void SvgWriter::end_line(std::string_view css) {
  out_ += "\" fill=\"none\" stroke=\"";
  escaped(css);
  out_ += "\" stroke-width=\"1.5\"/>\n";
}

std::string SvgWriter::take() {
  out_ += "</svg>\n";
  return std::move(out_);
}

}  // namespace moonwright
