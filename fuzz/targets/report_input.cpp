// Property: whatever an event log says, each report of it is made, is bounded, and holds neither
// control characters nor markup that the log brought.
#include "fuzz/targets/require.hpp"
#include "reports/html.hpp"
#include "reports/kinds.hpp"
#include "reports/run_builder.hpp"
#include "reports/viewer_files.hpp"
#include "trace/json_lines.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>

namespace {

using halley::fuzz::require;

constexpr auto no_markup =
    std::to_array<const char*>({"<!--", "<img", "<svg", "<iframe", "<object", "<base"});

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t result = 0;
  for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1))
    ++result;
  return result;
}

/// What the page itself has of it: it is large, and always the same.
std::size_t own(std::size_t markup) {
  static const auto counted = [] {
    using namespace halley::reports;
    std::array<std::size_t, no_markup.size()> result{};
    for (std::size_t i = 0; i < result.size(); ++i)
      for (const auto part :
           {viewer_page, shared_style, shared_script, report_style, report_script})
        result.at(i) += count(part, no_markup.at(i));
    return result;
  }();
  return counted.at(markup);
}

/// The report for browsers: its own two scripts, and blocks of data.
void check_html(const std::string& page) {
  const halley::reports::html_limits limits;
  require(page.size() <= limits.hard + std::size_t{1'000'000}, "html is bounded");
  require(count(page, "<script") ==
              count(page, "<script>") + count(page, R"(<script type="application/octet-stream")"),
          "html has scripts of its own only");
  require(count(page, "<script>") == count(halley::reports::viewer_page, "<script>"),
          "html runs one script");
  for (std::size_t i = 0; i < no_markup.size(); ++i)
    require(count(page, no_markup.at(i)) == own(i), std::string("html has no ") + no_markup.at(i));
}

void check(std::string_view kind, const std::string& text, std::size_t input) {
  // Each octet of a log may stand in a report a few times: escaped, indented, under several heads.
  constexpr std::size_t times = 200;
  constexpr std::size_t own = 1'000'000;
  require(text.size() <= times * input + own, std::string(kind) + " is bounded");
  // By the library, which is not instrumented: pages are large.
  for (int octet = 0; octet < 0x80; ++octet) {
    if ((octet >= 0x20 && octet != 0x7F) || octet == '\n' || octet == '\r' || octet == '\t')
      continue;
    const bool json = kind == "json" || kind == "ctrf";
    if (octet == 0x7F && json) continue;  // RFC 8259 §7 escapes it not
    require(text.find(static_cast<char>(octet)) == std::string::npos,
            std::string(kind) + " has no control characters");
  }
  if (kind == "html") check_html(text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A log without a header is refused at once: it is given, so that all of the input is read.
  const std::string text(reinterpret_cast<const char*>(data), size);
  std::istringstream in("{\"ev\":\"header\",\"schema\":\"events/1\"}\n" + text);
  const auto log = halley::trace::read_log(in, "log");
  const auto model = halley::reports::build_run_model(log);
  for (const auto& kind : halley::reports::report_kinds())
    check(kind.name, kind.make(model), size);
  return 0;
}
