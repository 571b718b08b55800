#include "reports/console.hpp"

#include "base/printable.hpp"
#include "reports/baseline.hpp"
#include "reports/failure_block.hpp"
#include "reports/failures.hpp"
#include "reports/json_field.hpp"
#include "reports/run_model.hpp"
#include "reports/scores.hpp"
#include "reports/text_safety.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::reports {
namespace {

/// Ids listed for one group before "and N more".
constexpr std::size_t ids_shown = 5;
/// Requirements named in the "not conformant" line.
constexpr std::size_t requirements_shown = 6;
constexpr auto line_period = std::chrono::seconds(10);
constexpr std::size_t bar_columns = 24;

std::string upper(std::string_view word) {
  std::string result(word);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return result;
}

std::string seconds(double milliseconds) {
  std::array<char, 48> text{};
  const auto length = std::snprintf(text.data(), text.size(), "%.1f s", milliseconds / 1000);
  return {text.data(), static_cast<std::size_t>(length)};
}

/// Groups that failed in the same way against several targets stand together.
std::vector<std::vector<failure_group>> same_on_targets(const run_model& model, verdict of) {
  std::vector<std::vector<failure_group>> result;
  for (auto& group : group_results(model, of)) {
    const auto& print = model.results[group.members.front()].fingerprint;
    const auto found = std::find_if(result.begin(), result.end(), [&](const auto& groups) {
      return model.results[groups.front().members.front()].fingerprint == print;
    });
    if (found != result.end()) {
      found->push_back(std::move(group));
    } else {
      result.push_back({std::move(group)});
    }
  }
  return result;
}

const instance_result& first_of(const run_model& model, const failure_group& group) {
  return model.results[group.members.front()];
}

/// "  also   id, id and 3 more": the members that have no block of their own.
std::string other_members(const run_model& model, const failure_group& group) {
  if (group.members.size() < 2) return {};
  std::string line;
  for (std::size_t i = 1; i < std::min(group.members.size(), ids_shown + 1); ++i)
    line += (line.empty() ? "" : " ") +
            printable(shell_word(model.results[group.members[i]].instance), 1024);
  if (group.members.size() > ids_shown + 1)
    line += " and " + std::to_string(group.members.size() - ids_shown - 1) + " more";
  return "  also    " + line + '\n';
}

std::string full_block(const run_model& model,
                       const std::vector<failure_group>& groups,
                       const painter& paint) {
  std::string text;
  for (const auto& group : groups) {
    const auto& one = first_of(model, group);
    const auto word = upper(to_word(one.outcome));
    text += paint.of(one.outcome, paint.bold(word)) + " " + failure_heading(model, one) + '\n';
  }
  const auto& one = first_of(model, groups.front());
  text += failure_body(model, one, describe_group(model, groups.front()), paint);
  for (const auto& group : groups)
    text += other_members(model, group);
  return text + '\n';
}

/// "FAIL ws/frame/reserved-bits 4/33 @ target     MUST fail-connection, RFC 6455 §5.2   = variant
/// echoed"
std::string short_line(const run_model& model, const failure_group& group, const painter& paint) {
  const auto& one = first_of(model, group);
  auto text = paint.of(one.outcome, upper(to_word(one.outcome))) + " " +
              printable(group.members.size() == 1 ? one.instance : one.scenario, 1024);
  // Errors are not judged, so they have no share of the judged ones.
  if (group.members.size() > 1)
    text += " " + std::to_string(group.members.size()) +
            (one.outcome == verdict::error ? "" : "/" + std::to_string(group.played));
  auto heading = failure_heading(model, one);
  heading.erase(0, printable(one.instance, 1024).size());
  text += heading;
  if (!one.variants.empty()) text += "   = variant " + printable(one.variants.back());
  text += '\n';
  if (const auto common = describe_group(model, group);
      !common.empty() && one.outcome != verdict::error)
    text += "  " + printable(common, 1000) + '\n';
  return text;
}

std::string groups_of(const run_model& model, verdict of, bool full, const painter& paint) {
  std::string text;
  for (const auto& groups : same_on_targets(model, of)) {
    if (full) {
      text += full_block(model, groups, paint);
      continue;
    }
    for (const auto& group : groups)
      text += short_line(model, group, paint);
  }
  if (!full && !text.empty()) text += '\n';
  return text;
}

std::string flaky_lines(const run_model& model, const painter& paint) {
  std::string text;
  for (const auto& one : model.results)
    if (!one.superseded && one.status == "flaky" && !one.known)
      text +=
          paint.odd("FLAKY") + " " + printable(one.instance, 1024) + " @ " + printable(one.target) +
          (one.outcome == verdict::fail ? "     failed on attempt " : "     passed on attempt ") +
          std::to_string(one.attempt) + ", and not on every one\n";
  return text.empty() ? text : text + '\n';
}

/// What a baseline makes a finding although the verdict would not.
std::string baseline_lines(const run_model& model, const painter& paint) {
  std::string text;
  for (const auto& one : model.results)
    if (!one.superseded && one.status == "xpass")
      text += paint.bad("XPASS") + " " + printable(one.instance, 1024) + " @ " +
              printable(one.target) + "     " + printable(known_text(model, one), 4096) + '\n';
  for (const auto& one : model.baseline_findings)
    text += paint.bad(upper(one.kind)) + " " + printable(model.baseline->file, 4096) + ":" +
            std::to_string(one.line) + ": " + printable(one.match, 1024) + ": " +
            printable(one.text, 1024) + '\n';
  return text.empty() ? text : text + '\n';
}

std::string skip_lines(const run_model& model, const painter& paint) {
  const auto groups = group_skips(model);
  std::uint64_t total = 0;
  for (const auto& one : groups)
    total += one.instances;
  if (total == 0) return {};
  auto text = paint.quiet("skipped " + std::to_string(total)) + '\n';
  for (const auto& one : groups) {
    const auto reason = one.reason.empty() ? std::string("no reason given") : one.reason;
    text += "  " + std::to_string(one.instances) + " " + printable(reason);
    if (!one.from.empty()) text += ": " + printable(one.from);
    text += '\n';
  }
  return text + '\n';
}

std::string level_text(const char* name, const level_score& score) {
  if (score.tested == 0) return {};
  return std::string(name) + " " + std::to_string(score.held) + "/" + std::to_string(score.tested);
}

std::string score_line(const target_score& score, std::size_t name_width, const painter& paint) {
  auto line = padded(printable(score.target), name_width) + "     ";
  for (const auto& part : {level_text("MUST", score.must), level_text("SHOULD", score.should)})
    if (!part.empty()) line += padded(part, 14) + "  ";
  if (score.surveys != 0) line += "survey " + std::to_string(score.surveys) + "  ";
  for (const auto one : {verdict::fail, verdict::warn, verdict::skip, verdict::error}) {
    const auto count = score.verdicts[one];
    if (one == verdict::error && count == 0) continue;
    const auto word = std::to_string(count) + " " + std::string(to_word(one));
    line += " " + (count == 0 ? paint.dim(word) : paint.of(one, word));
  }
  return line + "    " + seconds(score.duration_ms) + '\n';
}

/// Which MUSTs were broken; "conformant" only for a frozen suite of which everything applicable was
/// judged.
std::string conformance_line(const run_model& model, const target_score& score) {
  std::string names;
  std::size_t count = 0;
  for (const auto& one : score.violated) {
    if (one.what.level != "MUST") continue;
    if (++count > requirements_shown) continue;
    names += (names.empty() ? "" : ", ") + printable(one.what.ref) + " " + printable(one.what.name);
  }
  if (count > requirements_shown)
    names += " and " + std::to_string(count - requirements_shown) + " more";
  if (count != 0)
    return printable(score.target) + " not conformant: " + std::to_string(count) +
           (count == 1 ? " MUST requirement violated (" : " MUST requirements violated (") + names +
           ")\n";
  const bool blocked =
      std::any_of(model.results.begin(), model.results.end(), [&](const auto& one) {
        return one.target == score.target && one.skip && one.skip->reason == "blocked";
      });
  if (model.suite.empty() || blocked || !model.complete || score.verdicts[verdict::error] != 0 ||
      score.must.tested == 0)
    return {};
  return printable(score.target) + " conformant to " + printable(model.suite) + '\n';
}

std::string score_lines(const run_model& model, const painter& paint) {
  const auto scores = score_targets(model);
  std::size_t width = 0;
  for (const auto& one : scores)
    width = std::max(width, columns(printable(one.target)));
  std::string text;
  for (const auto& one : scores)
    text += score_line(one, width, paint);
  for (const auto& one : scores)
    text += conformance_line(model, one);
  return text;
}

std::string summary(const run_model& model, const console_options& options, bool full) {
  const painter paint(options.colour);
  auto closing = closing_line(model, options.strict) + '\n';
  if (options.verbosity < 0) return closing;
  std::string text;
  text += groups_of(model, verdict::fail, full, paint);
  text += groups_of(model, verdict::error, full, paint);
  const bool warnings_count = options.strict || options.verbosity > 0;
  text += groups_of(model, verdict::warn, full && warnings_count, paint);
  text += baseline_lines(model, paint);
  text += flaky_lines(model, paint);
  text += skip_lines(model, paint);
  text += score_lines(model, paint);
  if (!model.complete)
    text += paint.bad("incomplete") + ": the log ends before the end of the run\n";
  if (!options.written.empty()) {
    text += "reports:";
    for (const auto& path : options.written)
      text += " " + printable(path, 4096) + " ";
    text.back() = '\n';
  }
  return text + closing;
}

}  // namespace

bool use_colour(colour_choice choice, const terminal_facts& facts) {
  if (choice != colour_choice::automatic) return choice == colour_choice::always;
  if (facts.no_color) return false;
  return facts.force_color || facts.is_terminal;
}

progress_choice resolve_progress(progress_choice choice, const terminal_facts& facts) {
  if (choice == progress_choice::automatic)
    return facts.is_terminal ? progress_choice::bar : progress_choice::lines;
  if (choice == progress_choice::bar && !facts.is_terminal) return progress_choice::lines;
  return choice;
}

std::string console_text(const run_model& model, const console_options& options) {
  return summary(model, options, true);
}

console_reporter::console_reporter(std::ostream& out, console_options options, clock now)
    : out_(out),
      options_(std::move(options)),
      now_(std::move(now)),
      builder_(nlohmann::json::object()),
      last_progress_(now_()) {
}

void console_reporter::on_header(const nlohmann::json& header) {
  builder_ = run_builder(header);
}

void console_reporter::on_event(const nlohmann::json& event) {
  builder_.add(event);
  const bool ended_one = text_field(event, "ev") == "instance.end";
  if (ended_one) show_result(event);
  show_progress(ended_one);
}

void console_reporter::show_result(const nlohmann::json& event) {
  ++ended_;
  const auto* const one = builder_.result_of(event);
  if (one == nullptr) return;
  const auto shown = shown_as(*one);
  if (shown == verdict::fail) ++failed_;
  if (one->outcome == verdict::error) ++errors_;
  if (options_.verbosity < 0) return;
  const painter paint(options_.colour);
  const bool bad = one->outcome == verdict::fail || one->outcome == verdict::error ||
                   (one->outcome == verdict::warn && (options_.strict || options_.verbosity > 0));
  const bool block = bad && shown == one->outcome;
  if (block && shown_.insert(one->target + '\n' + one->fingerprint).second) {
    clear_bar();
    out_ << paint.of(one->outcome, paint.bold(upper(to_word(one->outcome)))) << ' '
         << failure_heading(builder_.so_far(), *one) << '\n'
         << failure_body(builder_.so_far(), *one, {}, paint) << '\n'
         << std::flush;
  } else if (options_.verbosity > 1) {
    clear_bar();
    out_ << paint.of(one->outcome, padded(std::string(to_word(one->outcome)), 5)) << ' '
         << printable(one->instance, 1024) << " @ " << printable(one->target);
    if (!one->variants.empty()) out_ << "   = variant " << printable(one->variants.back());
    if (one->skip) out_ << "   " << printable(one->skip->reason + ": " + one->skip->from);
    out_ << '\n';
  }
}

std::string console_reporter::counter() const {
  auto text = std::to_string(ended_);
  if (expected_ != 0) text += "/" + std::to_string(expected_);
  text += " played, " + std::to_string(failed_) + " failed";
  if (errors_ != 0) text += ", " + std::to_string(errors_) + " errors";
  return text;
}

void console_reporter::show_progress(bool ended_one) {
  if (options_.verbosity < 0) return;
  const auto now = now_();
  if (options_.progress == progress_choice::lines) {
    if (now - last_progress_ < line_period) return;
    last_progress_ = now;
    out_ << counter() << '\n' << std::flush;
    return;
  }
  // Ten redraws a second are enough for people and cost nothing.
  if (options_.progress != progress_choice::bar || !ended_one ||
      (bar_shown_ && now - last_progress_ < std::chrono::milliseconds(100)))
    return;
  last_progress_ = now;
  std::string bar;
  if (expected_ != 0) {
    const auto filled = std::min(bar_columns, bar_columns * ended_ / expected_);
    bar = "[" + std::string(filled, '#') + std::string(bar_columns - filled, '.') + "] ";
  }
  bar += counter();
  if (const auto running = builder_.running(); !running.empty())
    bar += "  " + printable(running.front(), 40);
  const auto width = std::max<std::size_t>(options_.width, 20) - 1;
  while (columns(bar) > width)
    bar.pop_back();
  while (!bar.empty() && (static_cast<unsigned char>(bar.back()) & 0x80U) != 0)
    bar.pop_back();  // never half a character
  // A carriage return and blanks need no ANSI.
  out_ << '\r' << padded(bar, width) << std::flush;
  bar_shown_ = true;
}

void console_reporter::clear_bar() {
  if (!bar_shown_) return;
  out_ << '\r' << std::string(std::max<std::size_t>(options_.width, 20) - 1, ' ') << '\r';
  bar_shown_ = false;
}

void console_reporter::finish(const run_model& model, const std::vector<std::string>& written) {
  clear_bar();
  options_.written = written;
  out_ << summary(model, options_, false) << std::flush;
}

}  // namespace halley::reports
