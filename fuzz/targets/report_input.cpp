// Property: whatever an event log says, each report of it is made, is bounded, and holds neither
// control characters nor markup that the log brought.
#include "fuzz/targets/require.hpp"
#include "reports/html.hpp"
#include "reports/kinds.hpp"
#include "reports/run_builder.hpp"
#include "reports/viewer_files.hpp"
#include "trace/json_lines.hpp"

#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>

namespace {

using halley::fuzz::require;

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t result = 0;
  for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1))
    ++result;
  return result;
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
  for (const auto* const markup : {"<!--", "<img", "<svg", "<iframe", "<object", "<base"})
    require(count(page, markup) == count(halley::reports::viewer_page, markup) +
                                       count(halley::reports::viewer_script, markup),
            std::string("html has no ") + markup);
}

void check(std::string_view kind, const std::string& text, std::size_t input) {
  // Each octet of a log may stand in a report a few times: escaped, indented, under several heads.
  constexpr std::size_t times = 200;
  constexpr std::size_t own = 1'000'000;
  require(text.size() <= times * input + own, std::string(kind) + " is bounded");
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    const bool deleted = octet == 0x7F && kind != "json";  // RFC 8259 §7 escapes it not
    require((octet >= 0x20 && !deleted) || c == '\n' || c == '\r' || c == '\t',
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
