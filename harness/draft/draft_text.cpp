#include "draft/draft_text.hpp"

#include "draft/step_list.hpp"
#include "scenario/value.hpp"
#include "scenario/written_value.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::draft {
namespace {

namespace written = scenario::written;

constexpr std::chrono::seconds usual_timeout{60};

/// What each requirement of a draft says.
constexpr std::pair<std::string_view, std::string_view> says[] = {
    {"answer", "The server answers as it did when this was captured."},
    {"handshake",
     "The server agrees to WebSocket on the terms that it had when this was captured."},
    {"message", "The server sends the messages that it sent when this was captured."},
    {"event", "The server sends the events that it sent when this was captured."},
    {"tunnel", "The proxy carries what it carried when this was captured."},
    {"close", "The server closes with the code that it had when this was captured."},
    {"end", "The server ends the connection where it did when this was captured."},
};

/// Whether `text` may be a literal block, which shows a head line by line. Source: YAML 1.2 §8.1.2.
bool may_be_block(std::string_view text) {
  if (text.empty() || text.front() == ' ' || text.front() == '\n' || text.back() != '\n')
    return false;
  return text.find('\r') == std::string_view::npos && text.find('\t') == std::string_view::npos &&
         !text.ends_with("\n\n");
}

/// The text of a step that sends a head, where a block can hold it.
const std::string* head_of(const scenario::value& step) {
  const auto* send = step.find("send");
  const auto* head = send == nullptr ? nullptr : send->find("http.head");
  const auto* text = head == nullptr ? nullptr : head->text();
  return text != nullptr && may_be_block(*text) ? text : nullptr;
}

std::string block_step(const scenario::value& step, std::string_view head) {
  std::string result = "  - ";
  for (const char* key : {"as", "conn"})
    if (const auto* name = step.find(key))
      result += std::string(key) + ": " + written::flow_text(*name) + "\n    ";
  result += "send:\n      http.head: |\n";
  while (!head.empty()) {
    const std::size_t end = head.find('\n') + 1;
    result += "        " + std::string(head.substr(0, end));
    head.remove_prefix(end);
  }
  return result;
}

std::string plain_step(const scenario::value& step) {
  std::string result;
  // What stands alone needs no braces around it.
  if (step.map()->size() > 1) return "  - " + written::flow_text(step) + "\n";
  for (const auto& [verb, what] : *step.map())
    result = "  - " + verb + ": " + written::flow_text(what) + "\n";
  return result;
}

}  // namespace

std::string file_text(const draft_head& head, const step_list& steps) {
  std::string result = "scenario: 1\nid: " + head.id + "\ntitle: " + written::word(head.title) +
                       "\nabout: " + written::word(head.about) +
                       "\nsut: " + (head.of_proxy ? "proxy" : "server") + "\n";
  if (!head.needs.empty())
    result += "needs: " + written::flow_text(written::names(head.needs)) + "\n";
  result += "tags: " + written::flow_text(written::names(head.tags)) + "\n";
  if (steps.waits() > std::chrono::seconds(0))
    result += "timeout: " + std::to_string((usual_timeout + steps.waits()).count()) + "s\n";
  result += "ambient: {segmentation: fixed}\n\nrequirements:\n";
  for (const auto& [name, sentence] : says)
    if (steps.requirements().contains(std::string(name)))
      result += "  " + std::string(name) +
                ":\n    ref: capture\n    level: MUST\n    basis: convention\n    says: " +
                std::string(sentence) + "\n";
  if (head.of_proxy)
    result += "\nactors:\n  client: {plays: client}\n  origin: {plays: server, listen: auto}\n";
  result += "\nsteps:\n";
  for (const scenario::value& step : steps.steps()) {
    const auto* text = head_of(step);
    result += text != nullptr ? block_step(step, *text) : plain_step(step);
  }
  return result;
}

}  // namespace halley::draft
