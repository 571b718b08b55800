#include "cli/console_choice.hpp"

#include "cli/run_options.hpp"
#include "reports/console.hpp"

#include <chrono>
#include <cstdlib>
#include <memory>
#include <ostream>
#include <sys/ioctl.h>
#include <unistd.h>

namespace halley::cli {
namespace {

bool is_set(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets it
  return value != nullptr && *value != '\0';
}

reports::terminal_facts look_around(bool on_stderr) {
  reports::terminal_facts facts;
  const int descriptor = on_stderr ? STDERR_FILENO : STDOUT_FILENO;
  facts.is_terminal = isatty(descriptor) == 1;
  facts.no_color = is_set("NO_COLOR");
  facts.force_color = is_set("FORCE_COLOR");
  winsize size{};
  if (facts.is_terminal && ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    facts.width = size.ws_col;
  return facts;
}

}  // namespace

std::unique_ptr<reports::console_reporter> make_console(const run_options& options,
                                                        std::ostream& out) {
  const auto facts = look_around(options.json);
  auto colour = reports::colour_choice::automatic;
  if (options.colour == "always") colour = reports::colour_choice::always;
  if (options.colour == "never") colour = reports::colour_choice::never;
  auto progress = reports::progress_choice::automatic;
  if (options.progress == "bar") progress = reports::progress_choice::bar;
  if (options.progress == "lines") progress = reports::progress_choice::lines;
  if (options.progress == "none" || options.quiet) progress = reports::progress_choice::none;
  reports::console_options how;
  how.colour = reports::use_colour(colour, facts);
  how.progress = reports::resolve_progress(progress, facts);
  how.width = facts.width;
  how.verbosity = options.quiet ? -1 : options.verbose;
  how.strict = options.strict;
  return std::make_unique<reports::console_reporter>(out, how, std::chrono::steady_clock::now);
}

}  // namespace halley::cli
