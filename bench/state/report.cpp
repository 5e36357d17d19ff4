// report.cpp: see report.hpp.
#include "state/report.hpp"

#include <cstdio>
#include <string>

namespace moonwright::bench {
namespace {

/// As a JSON string. What the system says about a process has no other control characters.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') out += '\\';
    out += letter == '\n' || letter == '\t' ? ' ' : letter;
  }
  return out + '"';
}

}  // namespace

void print_figures(const Results& results, std::string_view prefix) {
  for (const std::string& key : results.samples.keys()) {
    if (!key.starts_with(prefix)) continue;
    const std::vector<double>& values = results.samples.of(key);
    std::printf("%-34s %12.6g  (%.6g-%.6g)\n", key.c_str(), quantile(values, 0.5),
                quantile(values, 0), quantile(values, 1));
  }
}

void print_json(const Results& results) {
  std::fputs("{", stdout);
  for (const std::string& key : results.samples.keys()) {
    const std::vector<double>& values = results.samples.of(key);
    std::printf("\"%s\": {\"median\": %.6g, \"lowest\": %.6g, \"highest\": %.6g, \"runs\": %zu}, ",
                key.c_str(), quantile(values, 0.5), quantile(values, 0), quantile(values, 1),
                values.size());
  }
  std::fputs("\"failed\": [", stdout);
  const char* separator = "";
  for (const std::string& failure : results.failures) {
    std::printf("%s%s", separator, quoted(failure).c_str());
    separator = ", ";
  }
  std::puts("]}");
}

}  // namespace moonwright::bench
