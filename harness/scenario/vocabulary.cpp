#include "scenario/vocabulary.hpp"

#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "scenario/decoding.hpp"
#include "scenario/scalars.hpp"
#include "scenario/scenario.hpp"
#include "scenario/value.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace halley::scenario {
namespace {

// Events. One function a form; `event()` is the table.

record<event_pattern>& field(record<event_pattern>& to,
                             const std::string& name,
                             decoder_of<match> how) {
  return to.key({name, presence::optional, {}, {}}, how, [name](event_pattern& into, match read) {
    into.fields.emplace_back(name, std::move(read));
  });
}

struct event_field {
  std::string name;
  decoder_of<match> how;
};

record<event_pattern> fields(const std::vector<event_field>& names) {
  record<event_pattern> result;
  for (const auto& one : names)
    field(result, one.name, one.how);
  return result;
}

using matches = std::vector<std::pair<std::string, match>>;

const decoder<matches>& field_lines() {
  static const map_of<match> form(plain_text, text_match);
  return form;
}

/// Field names are case-insensitive: kept in lower case. Source: RFC 9110 §5.1.
record<event_pattern> with_lines(record<event_pattern> to,
                                 const std::string& key,
                                 matches event_pattern::* member) {
  to.key({key, presence::optional, {}, {}}, field_lines,
         [member](event_pattern& into, matches read) {
           for (auto& line : read)
             line.first = ascii::to_lower(line.first);
           into.*member = std::move(read);
         });
  return to;
}

const decoder<event_pattern>& no_fields() {
  static const record<event_pattern> form;
  return form;
}
const decoder<event_pattern>& http_request() {
  static const auto form =
      with_lines(fields({{"method", text_match}, {"target", text_match}, {"version", text_match}}),
                 "headers", &event_pattern::headers);
  return form;
}
const decoder<event_pattern>& http_response() {
  static const auto form = with_lines(
      fields({{"status", number_match}, {"reason", text_match}, {"version", text_match}}),
      "headers", &event_pattern::headers);
  return form;
}
const decoder<event_pattern>& octets_event() {
  static const auto form = fields({{"equals", octets_match},
                                   {"size", size_match},
                                   {"contains", contains_match},
                                   {"matches", regex_match},
                                   {"sha256", sha256_match}});
  return form;
}
const decoder<event_pattern>& http_chunk() {
  static const auto form = fields({{"size", size_match}, {"extension", text_match}});
  return form;
}
const decoder<event_pattern>& http_end() {
  static const auto form =
      with_lines(fields({{"complete", truth_match}}), "trailers", &event_pattern::trailers);
  return form;
}
const decoder<event_pattern>& ws_frame() {
  static const auto form = fields({{"fin", truth_match},
                                   {"rsv", number_match},
                                   {"opcode", opcode_match},
                                   {"masked", truth_match},
                                   {"payload", octets_match},
                                   {"size", size_match}});
  return form;
}
const decoder<event_pattern>& ws_message() {
  static const auto form = fields({{"type", text_match},
                                   {"payload", octets_match},
                                   {"size", size_match},
                                   {"compressed", truth_match}});
  return form;
}
const decoder<event_pattern>& ws_close() {
  static const auto form =
      fields({{"code", number_match}, {"reason", text_match}, {"masked", truth_match}});
  return form;
}
const decoder<event_pattern>& sse_event() {
  static const auto form =
      fields({{"id", text_match}, {"event", text_match}, {"data", text_match}});
  return form;
}
const decoder<event_pattern>& sse_comment() {
  static const auto form = fields({{"text", text_match}});
  return form;
}
const decoder<event_pattern>& sse_retry() {
  static const auto form = fields({{"value", number_match}});
  return form;
}
const decoder<event_pattern>& silence() {
  static const auto form = record<event_pattern>().required(
      "for", &event_pattern::duration, duration_value, "How long nothing happens.");
  return form;
}
const decoder<event_pattern>& app_open() {
  static const auto form = fields({{"protocol", text_match}, {"extensions", text_match}});
  return form;
}
const decoder<event_pattern>& app_message() {
  static const auto form = fields({{"text", text_match},
                                   {"payload", octets_match},
                                   {"size", size_match},
                                   {"data", text_match},
                                   {"id", text_match},
                                   {"event", text_match}});
  return form;
}
const decoder<event_pattern>& app_close() {
  static const auto form =
      fields({{"code", number_match}, {"reason", text_match}, {"clean", truth_match}});
  return form;
}
const decoder<event_pattern>& app_error() {
  static const auto form = fields({{"text", text_match}});
  return form;
}
const decoder<event_pattern>& app_response() {
  static const auto form = with_lines(fields({{"status", number_match}, {"body", octets_match}}),
                                      "headers", &event_pattern::headers);
  return form;
}

const tagged<event_pattern>& events() {
  static const tagged<event_pattern> form(
      "event", "event",
      {{"http.request", "The head of a request.", http_request},
       {"http.response", "The head of a response.", http_response},
       {"http.body", "Octets of a decoded body.", octets_event},
       {"http.chunk", "One chunk as it stands on the wire.", http_chunk},
       {"http.end", "The end of a message.", http_end},
       {"ws.frame", "One WebSocket frame.", ws_frame},
       {"ws.message", "A whole message, whatever its frames.", ws_message},
       {"ws.close", "A Close frame.", ws_close},
       {"sse.event", "A dispatched event.", sse_event},
       {"sse.comment", "A comment line of an event stream.", sse_comment},
       {"sse.retry", "A reconnection time, in milliseconds.", sse_retry},
       {"bytes", "Octets outside of any protocol, a tunnel for example.", octets_event},
       {"tcp.fin", "The peer has closed its direction.", no_fields},
       {"tcp.rst", "The peer has reset the connection.", no_fields},
       {"tcp.closed", "FIN or RST. Use this unless the difference is the point.", no_fields},
       {"connection", "A new connection was accepted.", no_fields},
       {"silence", "Nothing at all happens.", silence},
       {"app.open", "The client under test reports an open connection.", app_open},
       {"app.message", "The client under test reports a message.", app_message},
       {"app.close", "The client under test reports a close.", app_close},
       {"app.error", "The client under test reports an error.", app_error},
       {"app.response", "The client under test reports an HTTP response.", app_response}},
      [](event_pattern& into, const std::string& name) { into.name = name; });
  return form;
}

// What is sent. The keys are checked, the values kept as written: they are substituted when sent.

using rows = std::vector<std::pair<key_rule, decoder_of<value>>>;

record<value> send_form(const rows& keys) {
  record<value> result;
  for (const auto& [rule, how] : keys)
    result.key(rule, how, [](value&, const value&) {});
  return result;
}

key_rule must(std::string name, std::string about) {
  return {std::move(name), presence::required, std::move(about), {}};
}
key_rule may(std::string name, std::string about) {
  return {std::move(name), presence::optional, std::move(about), {}};
}

const decoder<value>& head_record() {
  static const auto form = send_form({{must("text", "The head as text."), scalar_value}});
  return form;
}
const decoder<value>& head() {
  /// A text, or {text: …}.
  class head_decoder final : public decoder<value> {
  public:
    bool decode(const value& from, value& into, decoding& with) const override {
      if (from.text() != nullptr) return true;
      return head_record().decode(from, into, with);
    }
    json describe(schema_parts& parts) const override {
      return {{"anyOf", {json{{"type", "string"}}, head_record().describe(parts)}}};
    }
  };
  static const head_decoder form;
  return form;
}
const decoder<value>& hex_case() {
  static const word_value form({"lower", "upper"});
  return form;
}
const decoder<value>& chunk() {
  static const auto form = send_form(
      {{must("data", "The octets of the chunk."), octets_value},
       {may("hex", "The case of the size's digits."), hex_case},
       {may("extension", "Written behind the size as it stands, with its semicolon."),
        scalar_value},
       {may("size-says", "What stands in place of the size, true or not."), scalar_value}});
  return form;
}
const decoder<value>& end() {
  static const auto form = send_form({{may("trailers", "Field name → value."), scalar_map}});
  return form;
}
const decoder<value>& mask() {
  /// A word, or the four octets of the key.
  class mask_decoder final : public decoder<value> {
  public:
    bool decode(const value& from, value& into, decoding& with) const override {
      static const word_value words({"random", "none", "zero"});
      const auto key = from.text() == nullptr ? std::nullopt : from_hex(*from.text());
      if (key && key->size() == 4) return true;
      if (from.map() != nullptr) return octets_map().decode(from, into, with);
      return words.decode(from, into, with);
    }
    json describe(schema_parts& parts) const override {
      return {{"anyOf",
               {json{{"enum", {"random", "none", "zero"}}},
                json{{"type", "string"}, {"pattern", R"(^([0-9a-fA-F]{8}|\$\{[^}]+\})$)"}},
                octets_map().describe(parts)}}};
    }
  };
  static const mask_decoder form;
  return form;
}
const decoder<value>& frame_opcode() {
  static const as_written<match> form(opcode_match);
  return form;
}
const decoder<value>& length_form() {
  static const word_value form({"shortest", "16bit", "64bit"});
  return form;
}
const decoder<value>& frame() {
  static const auto form =
      send_form({{must("opcode", "A name, or a number from 0 to 15."), frame_opcode},
                 {may("fin", "Default true."), truth_value},
                 {may("rsv", "0 to 7, RSV1 is 4."), number_value},
                 {may("mask", "Default: as the role demands."), mask},
                 {may("payload", "The unmasked octets."), octets_value},
                 {may("length-says", "The declared length, true or not."), number_value},
                 {may("length-form", "How the length is written."), length_form}});
  return form;
}
const decoder<value>& message_type() {
  static const word_value form({"text", "binary"});
  return form;
}
const decoder<value>& message() {
  static const auto form =
      send_form({{must("type", "What the message is."), message_type},
                 {may("payload", "The octets of the whole message."), octets_value},
                 {may("fragment", "At most so many octets a frame."), size_value},
                 {may("mask", "Default: as the role demands."), mask},
                 {may("compress", "By permessage-deflate."), truth_value}});
  return form;
}
const decoder<value>& close_frame() {
  static const auto form =
      send_form({{may("code", "Without it the frame is empty."), number_value},
                 {may("reason", "Text, or octets that are none."), octets_value},
                 {may("mask", "Default: as the role demands."), mask}});
  return form;
}
const decoder<value>& stream_event() {
  static const auto form = send_form({{may("id", ""), scalar_value},
                                      {may("event", ""), scalar_value},
                                      {may("data", "One data line per line of it."), scalar_value},
                                      {may("retry", "In milliseconds."), number_value}});
  return form;
}

/// Checks with one of the decoders above, keeps what was written.
template <decoder_of<value> How>
const decoder<send_step>& kept() {
  class kept_form final : public decoder<send_step> {
  public:
    bool decode(const value& from, send_step& into, decoding& with) const override {
      into.what = from;
      value ignored;
      return How().decode(from, ignored, with);
    }
    json describe(schema_parts& parts) const override { return How().describe(parts); }
  };
  static const kept_form form;
  return form;
}

const tagged<send_step>& sends() {
  static const tagged<send_step> form(
      "send", "form to send",
      {{"http.head",
        "A head as text: LF becomes CRLF, an empty line is appended, nothing is validated.",
        kept<head>},
       {"http.chunk", "One chunk.", kept<chunk>},
       {"http.end", "The last chunk and the trailer section.", kept<end>},
       {"ws.frame", "One frame, right or wrong.", kept<frame>},
       {"ws.message", "A whole message, in one frame or several.", kept<message>},
       {"ws.close", "A Close frame.", kept<close_frame>},
       {"sse.event", "One event of an event stream.", kept<stream_event>},
       {"bytes", "These octets.", kept<octets_value>}},
      [](send_step& into, const std::string& name) { into.form = name; });
  return form;
}

template <class T>
std::vector<std::string> names_of(const tagged<T>& table) {
  std::vector<std::string> result;
  for (const auto& one : table.tags())
    result.push_back(one.name);
  return result;
}

const decoder<event_pattern>& event_keys() {
  return events();
}

class event_name_decoder final : public decoder<std::string> {
public:
  bool decode(const value& from, std::string& into, decoding& with) const override {
    if (from.text() == nullptr) return wrong_kind(from, "text", with);
    into = *from.text();
    if (std::ranges::find(event_names(), into) != event_names().end()) return true;
    return unknown_name(from.at, "event", into, event_names(), with);
  }
  json describe(schema_parts& /*parts*/) const override { return {{"enum", event_names()}}; }
};

}  // namespace

const std::vector<std::string>& event_names() {
  static const auto names = names_of(events());
  return names;
}

const std::vector<std::string>& send_names() {
  static const auto names = names_of(sends());
  return names;
}

const decoder<event_pattern>& event() {
  static const placed<event_pattern> form(event_keys);
  return form;
}

const decoder<std::string>& event_name() {
  static const event_name_decoder form;
  return form;
}

const decoder<send_step>& send() {
  return sends();
}

}  // namespace halley::scenario
