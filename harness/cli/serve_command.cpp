#include "cli/serve_command.hpp"

#include "base/printable.hpp"
#include "cli/library_view.hpp"
#include "cli/subcommand.hpp"
#include "clock/clock.hpp"
#include "engine/address.hpp"
#include "reference-server/gateway.hpp"
#include "reference-server/mutants.hpp"
#include "reference-server/options.hpp"
#include "reference-server/profile.hpp"
#include "transport/tcp_runtime.hpp"
#include "transport/transport.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <unistd.h>
#include <vector>

namespace halley::cli {
namespace {

struct serve_options {
  std::string listen = "127.0.0.1:0";
  std::vector<std::string> mutants;
  bool list_mutants = false;
  bool print_profile = false;
  int ready_descriptor = -1;
};

/// "127.0.0.1:8080", "[::1]:0", "localhost:0".
std::optional<transport::endpoint> parse_listen(const std::string& text) {
  const auto address = engine::parse_address("http://" + text);
  if (!address || text.find(':') == std::string::npos) return std::nullopt;
  return engine::to_endpoint(*address);
}

int list_mutants(const command_context& context) {
  std::vector<named_line> lines;
  for (const auto& one : gateway::all_mutants())
    lines.push_back({std::string(one.name), std::string(one.breaks)});
  print_columns(lines, context.out);
  return exit_status::ok;
}

void say_ready(int descriptor, const std::string& where) {
  const std::string line = where + "\n";
  if (descriptor >= 0 && write(descriptor, line.data(), line.size()) < 0) return;
}

int serve(const serve_options& options, const command_context& context) {
  if (options.list_mutants) return list_mutants(context);
  const auto unknown = gateway::unknown_mutants(options.mutants);
  if (!unknown.empty()) {
    context.err << "error: no mutant '" << printable(unknown.front()) << "'; see --list-mutants\n";
    return exit_status::usage;
  }
  const auto where = parse_listen(options.listen);
  if (!where) {
    context.err << "error: --listen wants ADDRESS:PORT, for example 127.0.0.1:8080\n";
    return exit_status::usage;
  }
  if (options.print_profile) {
    context.out << gateway::profile_text(*where);
    return exit_status::ok;
  }
  boost::asio::io_context io{1};
  transport::tcp_runtime world(io);
  gateway::options how;
  how.mutants.insert(options.mutants.begin(), options.mutants.end());
  gateway::gateway served(world, how);
  error_code error;
  if (!served.start(*where, error)) {
    context.err << "error: " << transport::to_string(*where) << ": " << error.message() << '\n';
    return exit_status::infrastructure;
  }
  const auto listening = transport::to_string(served.local());
  context.out << "halley gateway on " << listening << '\n' << std::flush;
  say_ready(options.ready_descriptor, listening);
  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](error_code cancelled, int) {
    if (cancelled) return;
    boost::asio::co_spawn(io, served.stop(), [&](const std::exception_ptr&) { io.stop(); });
  });
  io.run();
  return exit_status::ok;
}

}  // namespace

subcommand add_serve(CLI::App& program, const command_context& context) {
  auto* const app = program.add_subcommand("serve", "Run the reference gateway as a server");
  auto options = std::make_shared<serve_options>();
  app->add_option("--listen", options->listen, "ADDRESS:PORT; port 0 takes a free one")
      ->capture_default_str();
  app->add_option("--mutant", options->mutants, "a named deviation, repeatable")
      ->allow_extra_args(false);
  app->add_flag("--list-mutants", options->list_mutants, "name every deviation and end");
  app->add_flag("--print-profile", options->print_profile,
                "print the target profile for --listen and end");
  app->add_option("--ready-fd", options->ready_descriptor,
                  "write the address to this descriptor when ready");
  return {app, [options, &context] { return serve(*options, context); }};
}

}  // namespace halley::cli
