#include "fuzz/oracles/interpretation.hpp"

#include "base/bytes.hpp"
#include "fuzz/live/record.hpp"
#include "fuzz/oracles/frames_view.hpp"
#include "fuzz/oracles/http_view.hpp"
#include "trace/event.hpp"
#include "wire/websocket_decoder.hpp"
#include "wire/websocket_frame.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace halley::fuzz {
namespace {

using about = difference::about;

int told_apart(int status) {
  return status == 101 || status / 100 == 4 ? status : status / 100 * 100;
}

bool gives_bodies_back(const std::string& contract) {
  return contract == "http.echo" || contract == "http.impatient-echo";
}

difference parting(about what, std::string words, std::size_t index = 0) {
  difference result;
  result.what = what;
  result.words = std::move(words);
  result.index = index;
  return result;
}

std::string numbered(const char* what, std::size_t index) {
  return std::string(what) + " " + std::to_string(index + 1);
}

std::string both(int first, int second) {
  return std::to_string(first) + " and " + std::to_string(second);
}

// Whether `whole` without some of its elements is `part`, which ends as it does.
bool is_part_of(const std::vector<octets>& part, const std::vector<octets>& whole) {
  if (part.empty() || whole.empty() || part.back() != whole.back()) return part.empty();
  std::size_t found = 0;
  for (const octets& one : whole)
    if (found < part.size() && part[found] == one) ++found;
  return found == part.size();
}

// Who has ended the connection.
struct ends {
  bool first = false;
  bool second = false;
};

// The first place where both have something that is not the same; else the count.
std::optional<difference> compare_lists(about what,
                                        const char* name,
                                        const std::vector<octets>& first,
                                        const std::vector<octets>& second,
                                        ends who) {
  const auto [a, b] = std::ranges::mismatch(first, second);
  const auto index = static_cast<std::size_t>(a - first.begin());
  // Of pongs some may be left out, RFC 6455 §5.5.3.
  const bool some =
      what == about::pongs && (is_part_of(first, second) || is_part_of(second, first));
  if (a != first.end() && b != second.end() && !some)
    return parting(what, numbered(name, index) + " is another", index);
  if (first.size() == second.size()) return std::nullopt;
  difference result =
      parting(what,
              std::string(name) +
                  "s: " + both(static_cast<int>(first.size()), static_cast<int>(second.size())),
              index);
  result.first = static_cast<int>(first.size());
  result.second = static_cast<int>(second.size());
  result.cut = first.size() < second.size() ? who.first : who.second;
  return result;
}

std::optional<difference> compare_answers(const interpretation& first,
                                          const interpretation& second) {
  const auto [a, b] = std::ranges::mismatch(first.answers, second.answers);
  const auto index = static_cast<std::size_t>(a - first.answers.begin());
  if (a != first.answers.end() && b != second.answers.end()) {
    const bool same_class = *a / 100 == *b / 100;
    difference result = parting(same_class ? about::kind_of_4xx : about::status,
                                numbered("response", index) + ": " + both(*a, *b), index);
    result.first = *a;
    result.second = *b;
    return result;
  }
  if (first.answers.size() == second.answers.size()) return std::nullopt;
  const int count = static_cast<int>(first.answers.size());
  const int other = static_cast<int>(second.answers.size());
  difference result = parting(about::responses, "responses: " + both(count, other), index);
  result.first = count;
  result.second = other;
  const interpretation& fewer = count < other ? first : second;
  result.cut = fewer.ended || fewer.announced;
  return result;
}

std::string code_of(const interpretation& one) {
  return one.close_code ? std::to_string(*one.close_code) : "none";
}

}  // namespace

interpretation interpret(const record& seen, const std::string& contract) {
  interpretation result;
  const http_view http(seen);
  for (std::size_t i = 0; i < http.answers.size(); ++i) {
    const seen_response& answer = http.answers[i];
    result.answers.push_back(told_apart(answer.head->status));
    result.announced = answer.head->fields.has_token("Connection", "close");
    if (!gives_bodies_back(contract) || answer.head->status != 200 || i >= http.requests.size())
      continue;
    const bool asked = !http.body_of(http.requests[i], seen).empty();
    if (asked && answer.complete) result.bodies.push_back(http.body_of(answer, seen));
  }
  const frames_view frames(seen);
  for (const auto& echo : frames.echoes)
    result.messages.push_back((echo.what->type == wire::opcode::text ? "t" : "b") +
                              echo.what->data);
  for (const auto& pong : frames.pongs)
    result.pongs.push_back(pong.what->payload);
  if (frames.their_close != nullptr) {
    result.closed = true;
    result.close_code = std::get<wire::websocket_close>(frames.their_close->what).code;
  }
  result.ended = seen.how == ending::target_finished || seen.how == ending::target_reset;
  return result;
}

std::optional<difference> compare(const interpretation& first, const interpretation& second) {
  if (auto found = compare_answers(first, second)) return found;
  const ends who{.first = first.ended || first.closed, .second = second.ended || second.closed};
  if (auto found = compare_lists(about::body, "content", first.bodies, second.bodies, who))
    return found;
  if (auto found = compare_lists(about::messages, "message", first.messages, second.messages, who))
    return found;
  if (auto found = compare_lists(about::pongs, "pong", first.pongs, second.pongs, who))
    return found;
  if (first.closed != second.closed) {
    difference result =
        parting(about::close, first.closed ? "a Close frame and none" : "no Close frame and one");
    result.cut = first.closed ? second.ended : first.ended;
    return result;
  }
  if (first.close_code != second.close_code)
    return parting(about::code, "close codes: " + code_of(first) + " and " + code_of(second));
  if (first.ended != second.ended)
    return parting(about::ending, first.ended ? "the connection ended and stayed open"
                                              : "the connection stayed open and ended");
  return std::nullopt;
}

}  // namespace halley::fuzz
