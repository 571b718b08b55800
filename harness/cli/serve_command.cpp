#include "cli/serve_command.hpp"

#include "base/printable.hpp"
#include "cli/chaos_choice.hpp"
#include "cli/library_view.hpp"
#include "cli/mutant_names.hpp"
#include "cli/subcommand.hpp"
#include "clock/clock.hpp"
#include "reference-server/gateway.hpp"
#include "reference-server/mutants.hpp"
#include "reference-server/options.hpp"
#include "reference-server/profile.hpp"
#include "transport/chaos_proxy.hpp"
#include "transport/path_text.hpp"
#include "transport/tcp_runtime.hpp"
#include "transport/transport.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace halley::cli {
namespace {

struct serve_options {
  std::string listen = "127.0.0.1:0";
  std::vector<std::string> mutants;
  chaos_words chaos;
  std::string credentials;
  std::uint16_t lowest_port = 1;
  std::string push_credentials;
  std::vector<std::string> origins;
  bool origin_credentials = false;
  std::size_t publish_rate = 0;
  std::size_t window_events = gateway::options().topic_window_events;
  std::size_t window_octets = gateway::options().topic_window_octets;
  bool slow_drop = false;
  std::size_t connections = gateway::options().maximum_connections;
  bool list_mutants = false;
  bool print_profile = false;
  int ready_descriptor = -1;
};

/// The gateway, a network in front of it, or a network in front of another server.
class service {
public:
  explicit service(boost::asio::io_context& io) : world_(io) {}

  /// Returns: false with `error` set where an address cannot be bound.
  bool start_gateway(const serve_options& options,
                     const transport::endpoint& where,
                     error_code& error) {
    gateway::options how;
    how.mutants.insert(options.mutants.begin(), options.mutants.end());
    how.connect_credentials = options.credentials;
    how.connect_lowest_port = options.lowest_port;
    how.push_credentials = options.push_credentials;
    for (const std::string& one : options.origins)
      how.origins.push_back({one, options.origin_credentials && one != "*", "GET, HEAD, POST",
                             "Content-Type, Last-Event-ID"});
    how.publish_rate = options.publish_rate;
    how.publish_burst = std::max(how.publish_burst, options.publish_rate);
    how.topic_window_events = options.window_events;
    how.topic_window_octets = options.window_octets;
    if (options.slow_drop) how.topic_slow_policy = gateway::slow_policy::drop_oldest;
    how.maximum_connections = options.connections;
    how.poll_maximum = std::max(how.poll_maximum, options.connections);
    gateway_.emplace(world_, std::move(how));
    if (!gateway_->start(where, error)) return false;
    local_ = gateway_->local();
    name_ = "halley gateway on " + transport::to_string(local_);
    return true;
  }

  /// Without an upstream the gateway that was started is behind it.
  bool start_network(transport::chaos_settings settings,
                     const transport::endpoint& where,
                     error_code& error) {
    auto behind = transport::to_string(settings.upstream);
    if (gateway_) {
      settings.upstream = gateway_->local();
      behind = name_;
    }
    network_.emplace(world_, std::move(settings));
    if (!network_->start(where, error)) return false;
    local_ = network_->local();
    name_ = "halley chaos on " + transport::to_string(local_) + " in front of " + behind;
    return true;
  }

  const transport::endpoint& local() const { return local_; }
  const std::string& name() const { return name_; }

  awaitable<void> stop() {
    if (network_) co_await network_->stop();
    if (gateway_) co_await gateway_->stop();
  }

private:
  transport::tcp_runtime world_;
  std::optional<gateway::gateway> gateway_;
  std::optional<transport::chaos_proxy> network_;
  transport::endpoint local_;
  std::string name_;
};

int list_mutants(const command_context& context) {
  std::vector<named_line> lines;
  for (const auto& one : gateway::all_mutants())
    if (!is_client_mutant(one.name))
      lines.push_back({std::string(one.name), std::string(one.breaks)});
  print_columns(lines, context.out);
  return exit_status::ok;
}

void say_ready(int descriptor, const std::string& where) {
  const std::string line = where + "\n";
  if (descriptor >= 0 && write(descriptor, line.data(), line.size()) < 0) return;
}

/// Serves until a signal tells to end.
void run_until_told(boost::asio::io_context& io, service& served) {
  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  std::exception_ptr failure;
  signals.async_wait([&](error_code cancelled, int) {
    if (cancelled) return;
    boost::asio::co_spawn(io, served.stop(), [&](std::exception_ptr error) {
      failure = std::move(error);
      io.stop();
    });
  });
  io.run();
  if (failure) std::rethrow_exception(failure);
}

int start_and_serve(const serve_options& options,
                    std::optional<transport::chaos_settings> chaos,
                    const transport::endpoint& where,
                    const command_context& context) {
  boost::asio::io_context io{1};
  service served(io);
  error_code error;
  bool started = true;
  if (options.chaos.upstream.empty())
    started = served.start_gateway(options, chaos ? transport::endpoint() : where, error);
  if (started && chaos) started = served.start_network(std::move(*chaos), where, error);
  if (!started) {
    context.err << "error: " << transport::to_string(where) << ": " << error.message() << '\n';
    return exit_status::infrastructure;
  }
  context.out << served.name() << '\n' << std::flush;
  say_ready(options.ready_descriptor, transport::to_string(served.local()));
  run_until_told(io, served);
  return exit_status::ok;
}

/// What of the options does not fit together. Returns: a message; nothing where all is well.
std::string misfit(const serve_options& options) {
  const auto unknown = gateway::unknown_mutants(options.mutants);
  if (!unknown.empty()) return "no mutant '" + printable(unknown.front()) + "'; see --list-mutants";
  if (const auto named = split_mutants(options.mutants); !named.client.empty())
    return "'" + *named.client.begin() + "' is a mutant of the client; see halley client";
  if (options.chaos.upstream.empty()) return {};
  if (!options.mutants.empty())
    return "--mutant changes the reference gateway, and --upstream names another server";
  if (options.print_profile)
    return "--print-profile knows the reference gateway, and --upstream names another server";
  return {};
}

int serve(const serve_options& options, const command_context& context) {
  if (options.list_mutants) return list_mutants(context);
  auto wrong = misfit(options);
  const auto where = parse_endpoint(options.listen);
  if (!where) wrong = "--listen wants ADDRESS:PORT, for example 127.0.0.1:8080";
  std::optional<transport::chaos_settings> chaos;
  if (wrong.empty() && options.chaos.any()) chaos = choose_chaos(options.chaos, *where, wrong);
  if (!wrong.empty()) {
    context.err << "error: " << wrong << '\n';
    return exit_status::usage;
  }
  if (options.print_profile) {
    context.out << gateway::profile_text({.usual = *where});
    return exit_status::ok;
  }
  return start_and_serve(options, std::move(chaos), *where, context);
}

}  // namespace

subcommand add_serve(CLI::App& program, const command_context& context) {
  auto* const app = program.add_subcommand(
      "serve",
      "Run the reference gateway as a server, or a network that misbehaves in front of one");
  auto options = std::make_shared<serve_options>();
  app->add_option("--listen", options->listen, "ADDRESS:PORT; port 0 takes a free one")
      ->capture_default_str();
  app->add_option("--mutant", options->mutants, "a named deviation, repeatable")
      ->allow_extra_args(false);
  app->add_option(
         "--chaos", options->chaos.rules,
         "what happens on the way to the server, repeatable: " + std::string(transport::rule_help))
      ->allow_extra_args(false);
  app->add_option("--upstream", options->chaos.upstream,
                  "with --chaos: ADDRESS:PORT of the server behind; else the reference gateway");
  app->add_option("--connect-credentials", options->credentials,
                  "USER:PASSWORD, without which CONNECT is answered 407");
  app->add_option("--connect-lowest-port", options->lowest_port,
                  "CONNECT to lower ports is answered 403");
  app->add_option("--push-credentials", options->push_credentials,
                  "USER:PASSWORD, or the cookie set for it, without which topics answer 401");
  app->add_option("--allow-origin", options->origins,
                  "repeatable: pages of this origin, scheme://host[:port], null or * may use the "
                  "gateway; those of any other are answered 403")
      ->allow_extra_args(false);
  app->add_flag("--allow-credentials", options->origin_credentials,
                "pages of the origins that are named (not of *) may send credentials");
  app->add_option("--publish-rate", options->publish_rate,
                  "events a second and topic, over which publishing is answered 429; 0: any")
      ->capture_default_str();
  app->add_option("--window-events", options->window_events, "events of a topic that are kept")
      ->capture_default_str();
  app->add_option("--window-octets", options->window_octets, "octets of a topic that are kept")
      ->capture_default_str();
  app->add_flag("--slow-drop", options->slow_drop,
                "drop the oldest events of slow subscribers, with notice, not the subscribers");
  app->add_option("--connections", options->connections, "connections served at once")
      ->capture_default_str();
  app->add_flag("--list-mutants", options->list_mutants, "name every deviation and end");
  app->add_flag("--print-profile", options->print_profile,
                "print the target profile for --listen and end");
  app->add_option("--ready-fd", options->ready_descriptor,
                  "write the address to this descriptor when ready");
  return {app, [options, &context] { return serve(*options, context); }};
}

}  // namespace halley::cli
