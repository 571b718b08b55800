#include "cli/client_command.hpp"

#include "base/bytes.hpp"
#include "base/printable.hpp"
#include "cli/mutant_names.hpp"
#include "cli/subcommand.hpp"
#include "clock/clock.hpp"
#include "engine/driver_dialogue.hpp"
#include "reference-server/client/client_options.hpp"
#include "reference-server/client/reference_client.hpp"
#include "reference-server/mutants.hpp"
#include "transport/tcp_runtime.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstddef>
#include <exception>
#include <memory>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace halley::cli {
namespace {

using nlohmann::json;

constexpr std::size_t read_octets = 64UL * 1024U;

struct client_choice {
  std::vector<std::string> mutants;
};

/// Writes all of `line` to stdout. Whoever commands reads all the time, so this may block.
void write_line(const std::string& line) {
  octet_view rest = line;
  while (!rest.empty()) {
    const auto count = write(STDOUT_FILENO, rest.data(), rest.size());
    if (count < 0 && errno != EINTR) return;
    if (count > 0) rest.remove_prefix(static_cast<std::size_t>(count));
  }
}

/// Takes commands until its input ends.
class commanded {
public:
  commanded(boost::asio::io_context& io, gateway::client_options how)
      : world_(io),
        input_(io, dup(STDIN_FILENO)),
        client_(
            world_, std::move(how), [](const json& line) { write_line(engine::to_line(line)); }) {}

  awaitable<void> run() {
    std::string block(read_octets, '\0');
    std::string line;
    error_code error;
    while (!error) {
      const auto into = boost::asio::buffer(block);
      const std::size_t got = co_await input_.async_read_some(
          into, boost::asio::redirect_error(boost::asio::use_awaitable, error));
      take(octet_view(block).substr(0, got), line);
    }
    co_await client_.stop();
  }

private:
  void take(octet_view data, std::string& line) {
    for (auto end = data.find('\n'); end != octet_view::npos; end = data.find('\n')) {
      line += data.substr(0, end);
      data.remove_prefix(end + 1);
      const auto command = json::parse(line, nullptr, false);
      if (command.is_object()) client_.command(command);
      line.clear();
    }
    line += data;
  }

  transport::tcp_runtime world_;
  boost::asio::posix::stream_descriptor input_;
  gateway::reference_client client_;
};

int drive(const client_choice& options, const command_context& context) {
  const auto named = split_mutants(options.mutants);
  const auto unknown = gateway::unknown_mutants(options.mutants);
  if (!unknown.empty() || !named.gateway.empty()) {
    const auto& wrong = unknown.empty() ? *named.gateway.begin() : unknown.front();
    context.err << "error: the client has no mutant '" << printable(wrong)
                << "'; see halley list mutants\n";
    return exit_status::usage;
  }
  gateway::client_options how;
  how.mutants = named.client;
  boost::asio::io_context io{1};
  commanded client(io, std::move(how));
  std::exception_ptr failure;
  boost::asio::co_spawn(io, client.run(),
                        [&](std::exception_ptr error) { failure = std::move(error); });
  io.run();
  if (failure) std::rethrow_exception(failure);
  return exit_status::ok;
}

}  // namespace

subcommand add_client(CLI::App& program, const command_context& context) {
  auto* const app = program.add_subcommand(
      "client", "Run the reference client, commanded by JSON lines on stdin");
  auto options = std::make_shared<client_choice>();
  app->add_option("--mutant", options->mutants, "a named deviation, repeatable")
      ->allow_extra_args(false);
  return {app, [options, &context] { return drive(*options, context); }};
}

}  // namespace halley::cli
