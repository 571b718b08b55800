#include "base/bytes.hpp"
#include "fuzz/choices.hpp"
#include "fuzz/grammars/connect_grammar.hpp"
#include "fuzz/grammars/deviation_evidence.hpp"
#include "fuzz/grammars/frames.hpp"
#include "fuzz/grammars/http_deviations.hpp"
#include "fuzz/grammars/request_draft.hpp"
#include "fuzz/grammars/websocket_deviations.hpp"
#include "fuzz/live/exchange.hpp"
#include "scenario/load.hpp"
#include "wire/websocket_frame.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::fuzz {
namespace {

constexpr std::size_t draws = 300;

const place http_place = {.contract = "http.root", .authority = "127.0.0.1:8080", .path = "/"};
const place websocket_place = {.contract = "ws.echo", .authority = "127.0.0.1:8080", .path = "/e"};

choices random_choices(std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<std::uint32_t> elements(60);
  std::ranges::generate(elements, [&] { return random() % 256; });
  return choices(std::move(elements));
}

/// One of which shows that a deviation is the one that its name says.
const std::map<std::string_view, std::set<std::string>> evidence = {
    {"method-no-token", {"bad_method", "no-http"}},
    {"method-case", {"method-case"}},
    {"method-long", {"no-http"}},
    {"target-space", {"bad_target"}},
    {"target-control", {"bad_target"}},
    {"target-high-octet", {"bad_target"}},
    {"target-none", {"bad_target"}},
    {"target-long", {"target-long"}},
    {"target-fragment", {"fragment"}},
    {"target-asterisk", {"asterisk"}},
    {"target-authority", {"target-form"}},
    {"target-https", {"scheme"}},
    {"target-empty-host", {"target-host"}},
    {"target-other-host", {"other-host"}},
    {"version-form", {"bad_version"}},
    {"version-case", {"bad_version"}},
    {"version-none", {"bad_version"}},
    {"version-major", {"major-version"}},
    {"request-line-spaces", {"bad_start_line_space"}},
    {"space-behind-version", {"bad_start_line_space", "bad_version"}},
    {"blank-before", {"blank_before_start_line"}},
    {"blank-behind", {"blank_before_start_line"}},
    {"space-before", {"no-http"}},
    {"start-line-bare-lf", {"bare_lf"}},
    {"start-line-bare-cr", {"bare_cr"}},
    {"target-bare-cr", {"bare_cr"}},
    {"space-before-fields", {"leading_space_line"}},
    {"other-protocol", {"no-http"}},
    {"http2-preface", {"major-version"}},
    {"bare-lf", {"bare_lf"}},
    {"bare-cr", {"bare_cr"}},
    {"head-end-bare-lf", {"bare_lf"}},
    {"head-end-bare-cr", {"bare_cr", "truncated_head"}},
    {"all-bare-lf", {"bare_lf"}},
    {"value-bare-cr", {"bare_cr"}},
    {"value-nul", {"bad_field_value"}},
    {"value-control", {"bad_field_value"}},
    {"known-value-control", {"bad_field_value"}},
    {"name-no-token", {"bad_field_name"}},
    {"name-empty", {"bad_field_name"}},
    {"space-before-colon", {"space_before_colon"}},
    {"colon-missing", {"missing_colon"}},
    {"obs-fold", {"obs_fold"}},
    {"host-missing", {"host-missing"}},
    {"host-twice", {"host-twice"}},
    {"host-invalid", {"host-invalid"}},
    {"host-empty", {"host-invalid"}},
    {"field-long", {"head-long", "head_too_long"}},
    {"fields-many", {"head-long"}},
    {"upgrade-alone", {"not-listed"}},
    {"te-alone", {"not-listed"}},
    {"singleton-twice", {"singleton"}},
    {"request-behind-close", {"behind-close"}},
    {"length-no-number", {"bad_content_length"}},
    {"length-signed", {"bad_content_length"}},
    {"length-overflow", {"bad_content_length"}},
    {"length-wraps", {"truncated_body"}},
    {"length-repeated", {"repeated_content_length"}},
    {"length-conflicting", {"conflicting_content_length"}},
    {"length-beyond-body", {"truncated_body"}},
    {"body-without-length", {"truncated_head", "no-http"}},
    {"length-and-coding", {"content_length_with_transfer_encoding"}},
    {"coding-not-last", {"chunked_not_last"}},
    {"coding-unknown", {"unknown_transfer_coding"}},
    {"coding-control", {"bad_field_value", "bare_cr"}},
    {"chunked-twice", {"chunked_repeated"}},
    {"chunked-in-1.0", {"transfer_encoding_in_http_1_0"}},
    {"chunked-parameter", {"unknown_transfer_coding"}},
    {"chunk-size-no-number", {"bad_chunk_size"}},
    {"chunk-size-signed", {"bad_chunk_size"}},
    {"chunk-size-overflow", {"chunk_size_overflow"}},
    {"chunk-size-wraps", {"truncated_body"}},
    {"chunk-size-wrong", {"missing_chunk_crlf"}},
    {"chunk-end", {"missing_chunk_crlf", "bare_lf"}},
    {"chunk-line-bare-lf", {"bare_lf"}},
    {"chunk-line-bare-cr", {"bare_cr"}},
    {"chunk-extension", {"bad_chunk_extension", "bad_chunk_size"}},
    {"chunk-extension-long", {"chunk_line_too_long"}},
    {"last-chunk-missing", {"truncated_body"}},
    {"last-chunk-form", {"bad_chunk_size", "bad_chunk_extension"}},
    {"trailers-end-bare-lf", {"bare_lf"}},
    {"trailers-end-form", {"missing_colon", "leading_space_line", "bare_cr"}},
    {"trailer-forbidden", {"trailer"}},
    {"trailer-form",
     {"bad_field_name", "bad_field_value", "bare_cr", "bare_lf", "leading_space_line",
      "missing_colon", "obs_fold", "space_before_colon"}},
    {"trailer-long", {"trailer-long", "head_too_long"}},
    {"head-without-end", {"truncated_head"}},
    {"connect-port", {"authority"}},
    {"connect-target-form", {"authority", "asterisk", "target-host"}},
    {"connect-target-invalid", {"authority", "bad_target"}},
    {"upgrade-missing", {"handshake-upgrade"}},
    {"upgrade-other", {"handshake-upgrade"}},
    {"connection-missing", {"handshake-connection"}},
    {"connection-other", {"handshake-connection"}},
    {"version-missing", {"websocket-version"}},
    {"version-other", {"websocket-version"}},
    {"version-twice", {"websocket-version"}},
    {"key-missing", {"websocket-key"}},
    {"key-twice", {"websocket-key"}},
    {"key-form", {"websocket-key"}},
    {"handshake-method", {"handshake-method"}},
    {"handshake-http-1.0", {"handshake-version"}},
    {"handshake-host-missing", {"host-missing"}},
    {"extension-syntax", {"extension"}},
    {"deflate-parameter-unknown", {"extension"}},
    {"deflate-parameter-value", {"extension"}},
    {"deflate-parameter-twice", {"extension"}},
    {"subprotocol-form", {"subprotocol"}},
    {"reserved-bit", {"reserved_bit"}},
    {"reserved-opcode", {"reserved_opcode"}},
    {"unmasked", {"unmasked_client_frame"}},
    {"control-long", {"control_frame_too_long"}},
    {"control-fragmented", {"fragmented_control_frame"}},
    {"length-form", {"non_minimal_length"}},
    {"length-high-bit", {"length_high_bit"}},
    {"length-beyond-payload", {"truncated_frame", "message_too_large"}},
    {"continuation-alone", {"unexpected_continuation"}},
    {"continuation-behind-end", {"unexpected_continuation"}},
    {"message-inside-message", {"missing_continuation"}},
    {"text-not-utf8", {"bad_utf8"}},
    {"text-ends-early", {"bad_utf8"}},
    {"text-not-utf8-over-fragments", {"bad_utf8"}},
    {"close-code", {"bad_close_code"}},
    {"close-one-octet", {"bad_close_length"}},
    {"close-reason", {"bad_close_reason_utf8"}},
    {"data-behind-close", {"frame_after_close"}},
    {"second-close", {"frame_after_close"}},
    {"compressed-unasked", {"reserved_bit"}},
    {"deflate-data", {"bad_deflate_data"}},
    {"deflate-utf8", {"bad_utf8"}},
    {"rsv1-on-continuation", {"rsv1_on_continuation"}},
    {"rsv1-on-control", {"rsv1_on_control_frame"}},
    {"other-bits-with-deflate", {"reserved_bit"}},
};

bool shows(const exchange& made, std::string_view name) {
  const auto wrong = wrong_in(made);
  const auto expected = evidence.find(name);
  return expected != evidence.end() && std::ranges::any_of(wrong, [&](const std::string& one) {
           return expected->second.contains(one);
         });
}

exchange of(const place& at, octets written) {
  exchange made{.at = at, .acts = {}, .deviations = {}};
  made.acts.push_back({.what = act::kind::write, .data = std::move(written)});
  return made;
}

exchange of(const place& at, const request_draft& draft) {
  octets written;
  draft.append_head(written);
  draft.append_body(written);
  return of(at, std::move(written));
}

request_draft handshake() {
  request_draft draft = request_draft::to(websocket_place);
  draft.add("Upgrade", "websocket");
  draft.add("Connection", "Upgrade");
  draft.add("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==");
  draft.add("Sec-WebSocket-Version", "13");
  return draft;
}

std::string shown(const exchange& what) {
  return testing::PrintToString(sent_by(what).substr(0, 600));
}

/// The ids of all rows of the ledger.
std::set<std::string> ledger_rows() {
  const std::filesystem::path root = std::filesystem::path(HALLEY_SOURCE_DIR) / "scenarios";
  std::set<std::string> rows;
  for (const auto& one : scenario::load_library(root, {root / "http/bare-lf.scenario.yaml"}).ledger)
    rows.insert(one.id);
  return rows;
}

TEST(deviations, break_rows_that_the_ledgers_have) {
  const auto rows = ledger_rows();
  ASSERT_GT(rows.size(), 300U);
  for (const auto& one : http_deviations())
    EXPECT_TRUE(rows.contains(std::string(one.ledger))) << one.name << ' ' << one.ledger;
  for (const auto& one : handshake_deviations())
    EXPECT_TRUE(rows.contains(std::string(one.ledger))) << one.name << ' ' << one.ledger;
  for (const auto& one : frame_deviations())
    EXPECT_TRUE(rows.contains(std::string(one.ledger))) << one.name << ' ' << one.ledger;
  for (const auto& one : connect_deviations())
    EXPECT_TRUE(rows.contains(std::string(one.ledger))) << one.name << ' ' << one.ledger;
}

TEST(deviations, have_names_of_their_own) {
  std::set<std::string_view> names;
  for (const auto& one : http_deviations())
    EXPECT_TRUE(names.insert(one.name).second) << one.name;
  for (const auto& one : handshake_deviations())
    EXPECT_TRUE(names.insert(one.name).second) << one.name;
  for (const auto& one : frame_deviations())
    EXPECT_TRUE(names.insert(one.name).second) << one.name;
  for (const auto& one : connect_deviations())
    EXPECT_TRUE(names.insert(one.name).second) << one.name;
}

TEST(deviations, of_requests_break_any_request) {
  request_draft sound = request_draft::to(http_place);
  ASSERT_EQ(wrong_in(of(http_place, sound)), std::vector<std::string>());
  sound.give_length("content");
  ASSERT_EQ(wrong_in(of(http_place, sound)), std::vector<std::string>());
  for (const http_deviation& row : http_deviations()) {
    for (std::uint32_t seed = 0; seed < draws; ++seed) {
      choices from = random_choices(seed);
      request_draft draft = request_draft::to(http_place);
      if (from.draw(2) == 1) draft.give_length("content");
      if (from.draw(4) == 1) draft.method = "POST";
      row.apply(from, draft);
      const exchange made = of(http_place, draft);
      ASSERT_TRUE(shows(made, row.name)) << row.name << ": " << shown(made);
    }
  }
}

TEST(deviations, of_tunnels_break_them) {
  for (const http_deviation& row : connect_deviations()) {
    for (std::uint32_t seed = 0; seed < draws; ++seed) {
      choices from = random_choices(seed);
      request_draft draft = request_draft::to(http_place);
      row.apply(from, draft);
      const exchange made = of(http_place, draft);
      ASSERT_TRUE(shows(made, row.name)) << row.name << ": " << shown(made);
    }
  }
}

TEST(deviations, of_handshakes_break_them) {
  ASSERT_EQ(wrong_in(of(websocket_place, handshake())), std::vector<std::string>());
  for (const http_deviation& row : handshake_deviations()) {
    for (std::uint32_t seed = 0; seed < draws; ++seed) {
      choices from = random_choices(seed);
      request_draft draft = handshake();
      row.apply(from, draft);
      const exchange made = of(websocket_place, draft);
      ASSERT_TRUE(shows(made, row.name)) << row.name << ": " << shown(made);
    }
  }
}

TEST(deviations, of_frames_break_the_connection) {
  request_draft sound = handshake();
  choices none(std::vector<std::uint32_t>{});
  append_frame(none, sound.behind, wire::opcode::text, "before");
  ASSERT_EQ(wrong_in(of(websocket_place, sound)), std::vector<std::string>());
  for (const frame_deviation& row : frame_deviations()) {
    for (std::uint32_t seed = 0; seed < draws; ++seed) {
      choices from = random_choices(seed);
      request_draft draft = handshake();
      if (row.of_deflate) draft.add("Sec-WebSocket-Extensions", "permessage-deflate");
      append_frame(from, draft.behind, wire::opcode::text, "before");
      row.append(from, draft.behind);
      const exchange made = of(websocket_place, draft);
      ASSERT_TRUE(shows(made, row.name)) << row.name << ": " << shown(made);
    }
  }
}

}  // namespace
}  // namespace halley::fuzz
