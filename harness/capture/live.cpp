#include "capture/live.hpp"

#include "base/bytes.hpp"
#include "capture/flow_sink.hpp"
#include "capture/link_layers.hpp"
#include "capture/pcapng.hpp"

#include <pcap/pcap.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <poll.h>
#include <stop_token>
#include <string>
#include <utility>

namespace halley::capture {
namespace {

constexpr int ring_octets = 32 * 1024 * 1024;  // 2 MiB, the usual, loses packets of a fast echo
constexpr int longest_packet = 262144;         // a segment over loopback may be as long as its MTU
constexpr std::size_t most_unnamed_octets = std::size_t{64} * 1024 * 1024;
constexpr std::size_t most_unnamed = 20'000;
constexpr int look_again_ms = 10;
constexpr auto longest_drain = std::chrono::milliseconds(50);
constexpr std::uint16_t ethernet = 1;  // LINKTYPE_ETHERNET

/// Reads "127.0.0.1:80" or "[::1]:80".
std::optional<host_port> read_end(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  std::string host = text.substr(0, colon);
  host_port result;
  result.port = static_cast<std::uint16_t>(std::strtoul(text.c_str() + colon + 1, nullptr, 10));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (inet_pton(AF_INET6, host.c_str(), result.address.data()) == 1) return result;
  // RFC 4291 §2.5.5.2.
  result.address = {};
  result.address[10] = result.address[11] = 0xFF;
  if (inet_pton(AF_INET, host.c_str(), result.address.data() + 12) != 1) return std::nullopt;
  return result;
}

}  // namespace

struct live_capture::handle {
  explicit handle(pcap_t* made) : device(made) {}
  handle(const handle&) = delete;
  handle& operator=(const handle&) = delete;
  ~handle() { pcap_close(device); }

  pcap_t* device;
};

live_capture::~live_capture() {
  stop();
}

std::string live_capture::start(const std::filesystem::path& file,
                                const std::string& application,
                                const std::string& comment) {
  std::array<char, PCAP_ERRBUF_SIZE> problem{};
  pcap_t* const made = pcap_create("lo", problem.data());
  if (made == nullptr) return std::string("lo: ") + problem.data();
  const auto device = std::make_shared<handle>(made);
  pcap_set_snaplen(made, longest_packet);
  pcap_set_buffer_size(made, ring_octets);
  // Without it a capture that is stopped right behind a close misses its end.
  pcap_set_immediate_mode(made, 1);
  pcap_set_tstamp_precision(made, PCAP_TSTAMP_PRECISION_NANO);
  const int status = pcap_activate(made);
  if (status == PCAP_ERROR_PERM_DENIED)
    return "lo: capturing needs CAP_NET_RAW, or a network namespace of one's own (unshare -Urn)";
  if (status < 0) return std::string("lo: ") + pcap_statustostr(status);
  bpf_program only_tcp{};
  if (pcap_compile(made, &only_tcp, "tcp", 1, PCAP_NETMASK_UNKNOWN) != 0)
    return std::string("lo: ") + pcap_geterr(made);
  const int filtered = pcap_setfilter(made, &only_tcp);
  pcap_freecode(&only_tcp);
  if (filtered != 0 || pcap_setnonblock(made, 1, problem.data()) != 0)
    return std::string("lo: ") + pcap_geterr(made);
  if (pcap_datalink(made) != DLT_EN10MB) return "lo: its link layer is not Ethernet";
  if (auto failed = file_.open(file, application, comment); !failed.empty()) return failed;
  device_ = device;
  reader_ = std::jthread([this](const std::stop_token& stopped) { read(stopped); });
  return {};
}

void live_capture::add_connection(const std::string& instance,
                                  const std::string& local,
                                  const std::string& remote) {
  const auto ours = read_end(local);
  const auto theirs = read_end(remote);
  if (!device_ || !ours || !theirs) return;
  const std::scoped_lock alone(guard_);
  const auto at = interfaces_.find(instance);
  const std::uint32_t interface =
      at != interfaces_.end()
          ? at->second
          : interfaces_.emplace(instance, file_.add_interface(instance)).first->second;
  owners_[std::minmax(*ours, *theirs)] = {interface, *ours};
  std::erase_if(unnamed_, [this](const packet& one) {
    const bool written = write(one);
    if (written) unnamed_octets_ -= one.frame.size();
    return written;
  });
}

bool live_capture::write(const packet& one) {
  const auto at = owners_.find(std::minmax(one.from, one.to));
  if (at == owners_.end()) return false;
  file_.add_packet(at->second.interface, one.t, one.frame, one.from == at->second.local);
  ++figures_.packets;
  return true;
}

void live_capture::take(packet one) {
  const std::scoped_lock alone(guard_);
  if (write(one)) return;
  unnamed_octets_ += one.frame.size();
  unnamed_.push_back(std::move(one));
  // Most of what nobody ever names is of others.
  while (unnamed_octets_ > most_unnamed_octets || unnamed_.size() > most_unnamed) {
    unnamed_octets_ -= unnamed_.front().frame.size();
    unnamed_.pop_front();
    ++figures_.foreign;
  }
}

/// Returns: whether there was something.
bool live_capture::take_all() {
  bool some = false;
  for (;;) {
    pcap_pkthdr* header = nullptr;
    const u_char* data = nullptr;
    const int got = pcap_next_ex(device_->device, &header, &data);
    if (got == 0) return some;
    if (got < 0) {
      const std::scoped_lock alone(guard_);
      figures_.failure = pcap_geterr(device_->device);
      return some;
    }
    some = true;
    const octet_view frame(reinterpret_cast<const char*>(data), header->caplen);
    tcp_segment segment;
    if (find_segment(ethernet, frame, header->len, segment) != packet_content::tcp) continue;
    // With nanoseconds, tv_usec holds those.
    const auto t =
        std::chrono::seconds(header->ts.tv_sec) + std::chrono::nanoseconds(header->ts.tv_usec);
    take({t, octets(frame), segment.from, segment.to});
  }
}

bool live_capture::broken() {
  const std::scoped_lock alone(guard_);
  return !figures_.failure.empty();
}

void live_capture::read(const std::stop_token& stopped) {
  pollfd ready{};
  ready.fd = pcap_get_selectable_fd(device_->device);
  ready.events = POLLIN;
  std::optional<std::chrono::steady_clock::time_point> until;
  for (;;) {
    const int count = poll(&ready, 1, look_again_ms);
    const bool some = count > 0 && take_all();
    if (broken()) return;
    if (!stopped.stop_requested()) continue;
    const auto now = std::chrono::steady_clock::now();
    if (!until) until = now + longest_drain;
    if (!some || now >= *until) return;
  }
}

live_figures live_capture::stop() {
  if (!device_) return figures_;
  reader_.request_stop();
  reader_.join();
  pcap_stat counted{};
  if (pcap_stats(device_->device, &counted) == 0)
    figures_.lost += counted.ps_drop + counted.ps_ifdrop;
  figures_.foreign += unnamed_.size();
  unnamed_.clear();
  file_.flush();
  if (figures_.failure.empty()) figures_.failure = file_.failure();
  device_.reset();
  return figures_;
}

}  // namespace halley::capture
