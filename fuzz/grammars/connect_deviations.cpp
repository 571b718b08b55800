#include "base/bytes.hpp"
#include "fuzz/choices.hpp"
#include "fuzz/grammars/connect_grammar.hpp"
#include "fuzz/grammars/http_deviations.hpp"
#include "fuzz/grammars/pick.hpp"
#include "fuzz/grammars/request_draft.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <string_view>
#include <vector>

namespace halley::fuzz {
namespace {

using draft_type = request_draft;

void set_target(draft_type& draft, std::string_view target) {
  draft.method = "CONNECT";
  draft.target = target;
}

void port_invalid(choices& from, draft_type& draft) {
  static constexpr auto targets = std::to_array<std::string_view>(
      {"127.0.0.1:", "127.0.0.1", "127.0.0.1:99999", "127.0.0.1:80x", "127.0.0.1:-1",
       "127.0.0.1:+80", "127.0.0.1:0x50", "127.0.0.1:4294967376", "127.0.0.1:18446744073709551697",
       "127.0.0.1:a", "127.0.0.1:8.0", "127.0.0.1::80"});
  set_target(draft, pick(from, targets));
}

void target_not_authority(choices& from, draft_type& draft) {
  static constexpr auto targets = std::to_array<std::string_view>(
      {"127.0.0.1:1/", "http://127.0.0.1:1", "http://127.0.0.1:1/", "user@127.0.0.1:1", "/",
       "127.0.0.1:1?x", "*", "//127.0.0.1:1", "127.0.0.1:1/path?query"});
  set_target(draft, pick(from, targets));
}

void target_invalid(choices& from, draft_type& draft) {
  static constexpr auto targets = std::to_array<std::string_view>(
      {"", "127.0.0.1:1 x", "127.0.0.1:1\x01", "[127.0.0.1:1", ":1"});
  set_target(draft, pick(from, targets));
}

constexpr auto table = std::to_array<http_deviation>({
    {"connect-port", "rfc9110/9.3.6-invalid-port", false, port_invalid},
    {"connect-target-form", "rfc9112/3.2.3-authority-form", false, target_not_authority},
    {"connect-target-invalid", "rfc9112/3.2-invalid-request-line", false, target_invalid},
});

}  // namespace

std::span<const http_deviation> connect_deviations() {
  return table;
}

const std::vector<http_deviation>& forwarded_deviations() {
  static const auto kept = [] {
    constexpr auto harmless = std::to_array<std::string_view>(
        {"value-bare-cr", "value-nul", "value-control", "name-no-token", "name-empty",
         "colon-missing", "singleton-twice", "te-alone", "method-no-token", "version-form",
         "version-case", "space-behind-version", "start-line-bare-lf", "head-end-bare-lf"});
    std::vector<http_deviation> rows(framing_deviations().begin(), framing_deviations().end());
    std::ranges::copy_if(http_deviations(), std::back_inserter(rows),
                         [&](const http_deviation& one) {
                           return std::ranges::find(harmless, one.name) != harmless.end();
                         });
    return rows;
  }();
  return kept;
}

}  // namespace halley::fuzz
