#include "reports/failure_block.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "base/printable.hpp"
#include "reports/json_field.hpp"
#include "reports/run_model.hpp"
#include "reports/text_safety.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace halley::reports {
namespace {

/// Steps shown before the one that failed.
constexpr std::size_t context_steps = 3;
/// Differences shown for one instance.
constexpr std::size_t checks_shown = 4;
/// Octets shown of what was sent or received.
constexpr std::size_t octets_shown = 8;
/// Widest text that others are aligned to.
constexpr std::size_t widest_text = 60;
/// Lines of target output shown when the target itself failed.
constexpr std::size_t log_lines_shown = 5;

/// One line of the block: "- client  expect  close-1002 | dropped   a9 fd …  +0.4 ms  = variant x".
struct row {
  char sign = ' ';
  std::string actor;
  std::string verb;
  std::string text;
  std::string octets;
  std::string time;
  std::string variant;
};

std::string milliseconds(double value) {
  std::array<char, 48> text{};
  const auto length = std::snprintf(text.data(), text.size(), "+%.1f ms", std::max(0.0, value));
  return {text.data(), static_cast<std::size_t>(length)};
}

bool is_wire(const nlohmann::json& event, octet_view dir) {
  const auto name = text_field(event, "ev");
  return (name == "wire.out" || name == "wire.in") && text_field(event, "dir") == dir;
}

octets octets_of(const nlohmann::json& event) {
  auto hex = text_field(event, "hex");
  if (hex.size() % 2 != 0) hex.pop_back();  // cut to a limit
  return from_hex(hex).value_or(octets());
}

/// The octets that Halley wrote while `step` ran.
octets octets_sent(const instance_result& one, const step_result& step) {
  octets result;
  for (const auto& event : one.events.events) {
    const auto seq = count_field(event, "seq");
    if (seq < step.first_seq || seq > step.last_seq || !is_wire(event, "out")) continue;
    result += octets_of(event);
    if (result.size() > octets_shown) break;
  }
  return result;
}

/// When `at` was seen, since the start of the instance.
std::optional<double> time_of(const instance_result& one, const evidence& at) {
  for (const auto& event : one.events.events) {
    const bool named = at.seq && count_field(event, "seq") == *at.seq;
    const bool covers = !at.seq && !at.conn.empty() && is_wire(event, at.dir) &&
                        text_field(event, "conn") == at.conn &&
                        count_field(event, "off") + count_field(event, "len") > at.off;
    if (named || covers) return number_field(event, "t") - one.started_ms;
  }
  return std::nullopt;
}

const step_result* step_numbered(const instance_result& one, std::optional<std::int64_t> number) {
  if (!number) return nullptr;
  const auto found = std::find_if(one.steps.rbegin(), one.steps.rend(),
                                  [&](const auto& step) { return step.number == *number; });
  return found == one.steps.rend() ? nullptr : &*found;
}

/// The step that the block is about: that of the first check, else the last that did not end well.
const step_result* failed_step(const instance_result& one) {
  for (const auto& check : one.checks)
    if (const auto* const step = step_numbered(one, check.step)) return step;
  for (auto step = one.steps.rbegin(); step != one.steps.rend(); ++step)
    if (step->outcome != "ok") return &*step;
  return nullptr;
}

bool acts(const step_result& step) {
  static constexpr std::array<octet_view, 5> verbs = {"send", "open", "close", "drive", "hook"};
  return std::find(verbs.begin(), verbs.end(), step.verb) != verbs.end();
}

void add_context(const instance_result& one, const step_result* until, std::vector<row>& rows) {
  std::vector<const step_result*> acting;
  for (const auto& step : one.steps) {
    if (&step == until) break;
    if (acts(step)) acting.push_back(&step);
  }
  const auto skip = acting.size() > context_steps ? acting.size() - context_steps : 0;
  for (std::size_t i = skip; i < acting.size(); ++i) {
    const auto& step = *acting[i];
    rows.push_back({' ', step.actor, step.verb, step.text,
                    to_spaced_hex(octets_sent(one, step), octets_shown),
                    milliseconds(step.t_ms - one.started_ms), ""});
  }
}

std::string variant_of(const instance_result& one, const step_result* step) {
  if (step != nullptr && !step->outcome.empty() && step->outcome != "ok" &&
      step->outcome != "failed")
    return step->outcome;
  return one.variants.empty() ? std::string() : one.variants.back();
}

void add_check(const instance_result& one, const check_result& check, std::vector<row>& rows) {
  const auto* const step = step_numbered(one, check.step);
  const auto actor = step != nullptr         ? step->actor
                     : check.at.dir == "out" ? std::string("halley")
                                             : std::string("target");
  const auto verb = step != nullptr && step->verb != "expect" ? step->verb : "expect";
  auto expected = check.expected.empty() && step != nullptr ? step->text : check.expected;
  if (expected.empty()) expected = check.says;
  rows.push_back({'-', actor, verb, expected, "", "", ""});
  const auto got = check.got.empty() ? check.message : check.got;
  const auto time = time_of(one, check.at);
  const auto variant = check.source == "passive" ? std::string() : variant_of(one, step);
  rows.push_back({'+', actor, "got", got, to_spaced_hex(octets_at(one, check.at), octets_shown),
                  time ? milliseconds(*time) : "", variant});
  if (!check.message.empty() && check.message != got)
    rows.push_back({' ', "", "", check.message, "", "", ""});
}

std::vector<row> rows_of(const instance_result& one) {
  std::vector<row> rows;
  const auto* const step = failed_step(one);
  add_context(one, step, rows);
  for (std::size_t i = 0; i < std::min(checks_shown, one.checks.size()); ++i)
    add_check(one, one.checks[i], rows);
  if (one.checks.empty() && step != nullptr) {
    rows.push_back({'-', step->actor, step->verb, step->text, "", "", ""});
    if (one.outcome != verdict::error)
      rows.push_back({'+', step->actor, "got", one.observed, "", "", variant_of(one, step)});
  }
  if (one.checks.size() > checks_shown)
    rows.push_back({' ', "", "",
                    "and " + std::to_string(one.checks.size() - checks_shown) + " more findings",
                    "", "", ""});
  for (auto& each : rows) {
    each.actor = printable(each.actor);
    each.text = printable(each.text);
    each.variant = printable(each.variant);
  }
  return rows;
}

std::string layout(const std::vector<row>& rows, const painter& paint) {
  std::size_t actor = 0;
  std::size_t verb = 0;
  std::size_t text = 0;
  std::size_t octets_width = 0;
  for (const auto& one : rows) {
    actor = std::max(actor, columns(one.actor));
    verb = std::max(verb, columns(one.verb));
    octets_width = std::max(octets_width, columns(one.octets));
    if (!one.octets.empty() || !one.time.empty() || !one.variant.empty())
      text = std::max(text, std::min(widest_text, columns(one.text)));
  }
  std::string result;
  for (const auto& one : rows) {
    auto line = std::string("    ") + one.sign + ' ' + padded(one.actor, actor) + "  " +
                padded(one.verb, verb) + "  " + padded(one.text, text);
    line += "  " + padded(one.octets, octets_width) + "  " + one.time;
    if (!one.variant.empty()) line += "   = variant " + one.variant;
    line.erase(line.find_last_not_of(' ') + 1);
    result += one.sign == '-'   ? paint.good(std::move(line))
              : one.sign == '+' ? paint.bad(std::move(line))
                                : std::move(line);
    result += '\n';
  }
  return result;
}

std::int64_t line_of(const run_model& model, const instance_result& one) {
  for (const auto& check : one.checks)
    if (check.line > 0) return check.line;
  if (const auto* const step = failed_step(one); step != nullptr && step->line > 0)
    return step->line;
  const auto* const scenario = model.find_scenario(one.scenario);
  return scenario == nullptr ? 0 : scenario->line;
}

std::string requirement_lines(const run_model& model, const instance_result& one) {
  std::string result;
  for (const auto& name : one.violates) {
    const auto* const requirement = find_requirement(model, one, name);
    if (requirement == nullptr || requirement->says.empty()) continue;
    result += "  " + padded(printable(requirement->level), 6) + "  " +
              printable(requirement->says, 400) + '\n';
  }
  return result;
}

std::string log_lines(const run_model& model, const instance_result& one) {
  const auto* const target = model.find_target(one.target);
  if (target == nullptr) return {};
  std::string result;
  const auto& log = target->log;
  const auto from = log.size() > log_lines_shown ? log.size() - log_lines_shown : 0;
  for (std::size_t i = from; i < log.size(); ++i)
    result += "  target  " + printable(log[i]) + '\n';
  return result;
}

/// Of what `one` violates the first of the highest level: a MAY on the way is not why an instance
/// fails.
const std::string& worst_violation(const run_model& model, const instance_result& one) {
  const auto rank = [&](const std::string& name) {
    const auto* const requirement = find_requirement(model, one, name);
    if (requirement == nullptr) return 3;
    return requirement->level == "MUST" ? 0 : requirement->level == "SHOULD" ? 1 : 2;
  };
  return *std::ranges::min_element(one.violates, {}, rank);
}

}  // namespace

std::string painter::paint(const char* code, std::string text) const {
  if (!colour_) return text;
  return std::string("\x1B[") + code + "m" + text + "\x1B[0m";
}

std::string painter::of(verdict one, std::string text) const {
  switch (one) {
    case verdict::pass:
      return good(std::move(text));
    case verdict::info:
    case verdict::skip:
      return quiet(std::move(text));
    case verdict::warn:
      return odd(std::move(text));
    case verdict::fail:
    case verdict::error:
      return bad(std::move(text));
  }
  return text;
}

std::string shell_word(octet_view word) {
  static constexpr octet_view plain = "-_./:=@%+,";
  const auto safe = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || ascii::is_digit(c) ||
           plain.find(c) != octet_view::npos;
  };
  if (!word.empty() && std::all_of(word.begin(), word.end(), safe)) return std::string(word);
  std::string result = "'";
  for (const char c : word)
    result += c == '\'' ? std::string(R"('\'')") : std::string(1, c);
  return result + "'";
}

std::string rerun_line(const instance_result& one) {
  std::string line;
  for (const auto& word : one.reproduce)
    line += (line.empty() ? "" : " ") + shell_word(word);
  return printable(line, 4096);
}

std::string failure_heading(const run_model& model, const instance_result& one) {
  auto text = printable(one.instance, 1024) + " @ " + printable(one.target);
  if (one.error) return text + "     " + printable(one.error->cause);
  if (one.violates.empty()) return text;
  const auto& worst = worst_violation(model, one);
  const auto* const requirement = find_requirement(model, one, worst);
  if (requirement == nullptr) return text + "     " + printable(worst);
  text += "     " + printable(requirement->level) + ' ' + printable(requirement->name);
  if (!requirement->ref.empty()) text += ", " + printable(requirement->ref);
  return text;
}

std::string failure_body(const run_model& model,
                         const instance_result& one,
                         const std::string& common,
                         const painter& paint) {
  std::string result;
  if (const auto* const scenario = model.find_scenario(one.scenario);
      scenario != nullptr && !scenario->file.empty())
    result += "  " + printable(scenario->file) + ":" + std::to_string(line_of(model, one)) + '\n';
  if (one.error && !one.error->text.empty())
    result += "  " + printable(one.error->text, 1000) + '\n';
  result += layout(rows_of(one), paint);
  result += requirement_lines(model, one);
  const bool target_broke = one.error || std::find(one.variants.begin(), one.variants.end(),
                                                   "crashed") != one.variants.end();
  if (target_broke) result += log_lines(model, one);
  if (!common.empty()) result += "  " + printable(common, 1000) + '\n';
  std::string last = "  ";
  if (one.frames)
    last += "trace   " + printable(one.pcap) + ", frames " + std::to_string(one.frames->first) +
            "-" + std::to_string(one.frames->second) + "     ";
  result += paint.dim(last + "again   " + rerun_line(one)) + '\n';
  return result;
}

octets octets_at(const instance_result& one, const evidence& at) {
  octets result;
  if (at.conn.empty()) return result;
  const auto end = at.off + std::max<std::uint64_t>(at.len, 1);
  for (const auto& event : one.events.events) {
    if (!is_wire(event, at.dir) || text_field(event, "conn") != at.conn) continue;
    const auto data = octets_of(event);
    const auto from = count_field(event, "off");
    if (from >= end || from + data.size() <= at.off) continue;
    const auto first = at.off > from ? at.off - from : 0;
    const auto last = std::min<std::uint64_t>(end - from, data.size());
    result += data.substr(first, last - first);
  }
  return result;
}

}  // namespace halley::reports
