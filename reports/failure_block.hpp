#pragma once

#include "base/bytes.hpp"
#include "reports/run_model.hpp"

#include <string>
#include <utility>

namespace halley::reports {

/// Puts ANSI colour around text, or leaves it alone. The only source of escape sequences.
class painter {
public:
  explicit painter(bool colour) : colour_(colour) {}
  std::string bold(std::string text) const { return paint("1", std::move(text)); }
  std::string dim(std::string text) const { return paint("2", std::move(text)); }
  std::string bad(std::string text) const { return paint("31", std::move(text)); }
  std::string good(std::string text) const { return paint("32", std::move(text)); }
  std::string odd(std::string text) const { return paint("33", std::move(text)); }
  std::string quiet(std::string text) const { return paint("36", std::move(text)); }
  /// The colour of a verdict.
  std::string of(verdict one, std::string text) const;

private:
  std::string paint(const char* code, std::string text) const;
  bool colour_;
};

/// A word for a POSIX shell, quoted where it needs it.
std::string shell_word(octet_view word);

/// "halley run 'ID' --seed 7": the command that plays `one` again.
std::string rerun_line(const instance_result& one);

/// "my-scenario[…] @ target     MUST name, RFC 6455 §5.2": the first line of a block, without the
/// verdict.
std::string failure_heading(const run_model& model, const instance_result& one);

/// What happened, in the scenario's own words: where it is written, the steps that led to it,
/// expected and got with octets and time, the requirement, the trace and how to play it again. Each
/// line ends in a line feed; all text of targets is printable.
std::string failure_body(const run_model& model,
                         const instance_result& one,
                         const std::string& common,
                         const painter& paint);

/// The octets that `at` names, as far as `one`'s transcript holds them.
octets octets_at(const instance_result& one, const evidence& at);

}  // namespace halley::reports
