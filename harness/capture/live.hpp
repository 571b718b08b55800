#pragma once

#include "capture/flow_sink.hpp"
#include "capture/pcapng.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

namespace halley::capture {

/// What a live capture saw.
struct live_figures {
  std::uint64_t packets = 0;  ///< written: of the connections that were named
  std::uint64_t foreign = 0;  ///< of others, and of no TCP
  std::uint64_t lost = 0;     ///< dropped by the kernel
  std::string failure;        ///< not empty where it broke off, or the file could not be written
};

/// Captures what the kernel carries over the loopback device, through libpcap, and writes the
/// packets of named connections, one interface an instance. One capture serves a whole run: its
/// packets are told apart here, since activating one takes 10 to 20 ms. Foreign packets are written
/// nowhere. Needs CAP_NET_RAW: own_network.hpp.
/// Limits: a ring of 32 MiB in the kernel; 64 MiB in 20,000 packets whose connection
/// was not named yet.
class live_capture {
public:
  live_capture() = default;
  live_capture(const live_capture&) = delete;
  live_capture& operator=(const live_capture&) = delete;
  /// Stops.
  ~live_capture();

  /// Begins to capture into `file`. Returns: a message on failure, else empty.
  std::string start(const std::filesystem::path& file,
                    const std::string& application,
                    const std::string& comment);
  /// From now on, and for what is not written yet, packets between these two ends ("127.0.0.1:80",
  /// "[::1]:80") belong to `instance`. Packets from `local` are outbound.
  void add_connection(const std::string& instance,
                      const std::string& local,
                      const std::string& remote);
  /// Waits until nothing more comes (at most 50 ms), then ends.
  live_figures stop();

private:
  struct packet {
    std::chrono::nanoseconds t{0};
    octets frame;
    host_port from;
    host_port to;
  };
  struct owner {
    std::uint32_t interface = 0;
    host_port local;
  };
  using ends = std::pair<host_port, host_port>;  ///< the lesser first

  void read(const std::stop_token& stopped);
  bool take_all();
  void take(packet one);
  bool broken();
  bool write(const packet& one);

  struct handle;
  std::shared_ptr<handle> device_;
  std::mutex guard_;  ///< of all below
  pcapng_writer file_;
  std::map<std::string, std::uint32_t> interfaces_;
  std::map<ends, owner> owners_;
  std::deque<packet> unnamed_;
  std::size_t unnamed_octets_ = 0;
  live_figures figures_;
  std::jthread reader_;
};

}  // namespace halley::capture
