#include "push_servers.hpp"

#include "clock/clock.hpp"
#include "reference-server/gateway.hpp"
#include "reference-server/options.hpp"
#include "transport/tcp_runtime.hpp"

#include <boost/asio/io_context.hpp>

#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <linux/prctl.h>
#include <memory>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace halley::bench {
namespace {

using namespace std::chrono_literals;

constexpr const char* nchan_module = "/usr/lib/nginx/modules/ngx_nchan_module.so";
constexpr const char* nginx = "/usr/sbin/nginx";

std::string get(std::string_view path, std::string_view fields) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: bench\r\n" + std::string(fields) + "\r\n";
}

constexpr std::string_view upgrade =
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";

std::string post(std::string_view path, const std::string& body) {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: bench\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

/// What stands between `from` and `to` in `text`.
std::string_view between(std::string_view text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + from.size());
  return text.substr(0, text.find(to));
}

class gateway_served final : public served {
public:
  using served::served;

  std::string subscribe_request(view kind, std::string_view last_answer) const override {
    switch (kind) {
      case view::events:
        return get("/sse/bench", "Accept: text/event-stream\r\n");
      case view::lines:
        return get("/stream/bench", "");
      case view::socket:
        return get("/topics/bench", upgrade);
      case view::poll:
        break;
    }
    const auto cursor = between(last_answer, "\"cursor\":\"", "\"");
    const auto from = cursor.empty() ? std::string() : "&cursor=" + std::string(cursor);
    return get("/poll/bench?hold=110000" + from, "");
  }

  std::string publish_request(const std::string& event) const override {
    return post("/publish/bench", event);
  }
};

class nchan_served final : public served {
public:
  nchan_served(pid_t process, std::uint16_t listens_on, std::filesystem::path folder)
      : served(process, listens_on), folder_(std::move(folder)) {}
  ~nchan_served() override { std::filesystem::remove_all(folder_); }

  std::string subscribe_request(view kind, std::string_view last_answer) const override {
    switch (kind) {
      case view::events:
        return get("/sse/bench", "Accept: text/event-stream\r\n");
      case view::lines:
        return get("/chunk/bench", "TE: chunked\r\n");
      case view::socket:
        return get("/ws/bench", upgrade);
      case view::poll:
        break;
    }
    const auto time = between(last_answer, "\nLast-Modified: ", "\r");
    const auto tag = between(last_answer, "\nEtag: ", "\r");
    if (time.empty()) return get("/poll/bench", "");
    return get("/poll/bench", "If-Modified-Since: " + std::string(time) +
                                  "\r\nIf-None-Match: " + std::string(tag) + "\r\n");
  }

  std::string publish_request(const std::string& event) const override {
    return post("/pub/bench", event);
  }

private:
  std::filesystem::path folder_;
};

/// The gateway's process: says its port, then serves until it is ended.
[[noreturn]] void serve_gateway(int port_to, std::size_t connections) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  boost::asio::io_context context{1};
  transport::tcp_runtime world(context);
  gateway::options how;
  how.maximum_connections = connections;
  how.poll_maximum = connections;
  how.http_keepalive_timeout = 10min;
  gateway::gateway served(world, std::move(how));
  error_code error;
  if (!served.start({}, error)) std::_Exit(1);
  const std::uint16_t port = served.local().port;
  if (write(port_to, &port, sizeof port) != sizeof port) std::_Exit(1);
  context.run();
  std::_Exit(0);
}

std::unique_ptr<served> start_gateway(std::size_t connections) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return nullptr;
  const pid_t child = fork();
  if (child == 0) serve_gateway(ends[1], connections);
  close(ends[1]);
  std::uint16_t port = 0;
  const bool up = child > 0 && read(ends[0], &port, sizeof port) == sizeof port;
  close(ends[0]);
  if (!up) return nullptr;
  return std::make_unique<gateway_served>(child, port);
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return where;
}

std::uint16_t free_port() {
  const int made = socket(AF_INET, SOCK_STREAM, 0);
  auto where = loopback(0);
  socklen_t size = sizeof where;
  const bool bound = bind(made, reinterpret_cast<sockaddr*>(&where), size) == 0 &&
                     getsockname(made, reinterpret_cast<sockaddr*>(&where), &size) == 0;
  close(made);
  return bound ? ntohs(where.sin_port) : 0;
}

bool comes_up(std::uint16_t port) {
  const auto where = loopback(port);
  for (const auto until = std::chrono::steady_clock::now() + 5s;
       std::chrono::steady_clock::now() < until; std::this_thread::sleep_for(20ms)) {
    const int made = socket(AF_INET, SOCK_STREAM, 0);
    const bool there = connect(made, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0;
    close(made);
    if (there) return true;
  }
  return false;
}

std::string nchan_configuration(const std::string& folder,
                                std::uint16_t port,
                                std::size_t connections) {
  // nginx ends idle connections where less than a sixteenth of its slots is free: twice as many.
  std::string temporary;
  for (const char* one : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
    temporary += std::string(one) + "_temp_path " + folder + "/" + one + ";\n";
  return "load_module " + std::string(nchan_module) + ";\ndaemon off; master_process off; pid " +
         folder + "/pid; error_log " + folder + "/error.log;\nworker_rlimit_nofile " +
         std::to_string(connections + 64) + ";\nevents { worker_connections " +
         std::to_string(2 * connections) + "; }\nhttp {\naccess_log off;\n" + temporary +
         "keepalive_requests 1000000000; keepalive_timeout 600s;\n"
         "server { listen 127.0.0.1:" +
         std::to_string(port) +
         " backlog=4096;\n"
         "location = /pub/bench { nchan_publisher; nchan_channel_id bench; "
         "nchan_message_buffer_length 1000; }\n"
         "location = /poll/bench { nchan_subscriber longpoll; nchan_channel_id bench; "
         "nchan_subscriber_timeout 0; nchan_subscriber_first_message newest;  }\n"
         "location = /sse/bench { nchan_subscriber eventsource; nchan_channel_id bench; "
         "nchan_subscriber_timeout 0; nchan_subscriber_first_message newest; "
         "nchan_eventsource_ping_interval 0; }\n"
         "location = /chunk/bench { nchan_subscriber http-chunked; nchan_channel_id bench; "
         "nchan_subscriber_timeout 0; nchan_subscriber_first_message newest;  }\n"
         "location = /ws/bench { nchan_subscriber websocket; nchan_channel_id bench; "
         "nchan_subscriber_timeout 0; nchan_subscriber_first_message newest; "
         "nchan_websocket_ping_interval 0; }\n"
         "} }\n";
}

std::unique_ptr<served> start_nchan(std::size_t connections) {
  std::string folder = std::filesystem::temp_directory_path() / "push-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) return nullptr;
  const std::uint16_t port = free_port();
  const std::string file = folder + "/nginx.conf";
  std::ofstream(file) << nchan_configuration(folder, port, connections);
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execl(nginx, nginx, "-p", folder.c_str(), "-c", file.c_str(), static_cast<char*>(nullptr));
    std::_Exit(1);
  }
  auto made = std::make_unique<nchan_served>(child, port, folder);
  if (child <= 0 || !comes_up(port)) return nullptr;
  return made;
}

}  // namespace

const char* name_of(view kind) {
  switch (kind) {
    case view::events:
      return "event stream";
    case view::lines:
      return "chunked stream";
    case view::poll:
      return "long poll";
    case view::socket:
      return "WebSocket";
  }
  return "";
}

served::~served() {
  if (process_ <= 0) return;
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

double served::resident_kib() const {
  std::ifstream in("/proc/" + std::to_string(process_) + "/statm");
  double total = 0;
  double resident = 0;
  in >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1024;
}

double served::processor_seconds() const {
  std::ifstream in("/proc/" + std::to_string(process_) + "/stat");
  std::string word;
  // Source: proc(5), fields 14 and 15.
  for (int i = 0; i < 13; ++i)
    in >> word;
  double user = 0;
  double system = 0;
  in >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

bool is_installed(std::string_view server) {
  return server != "nchan" ||
         (std::filesystem::exists(nchan_module) && std::filesystem::exists(nginx));
}

std::unique_ptr<served> start(std::string_view server, std::size_t connections) {
  return server == "nchan" ? start_nchan(connections) : start_gateway(connections);
}

}  // namespace halley::bench
