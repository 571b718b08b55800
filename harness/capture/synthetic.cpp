#include "capture/synthetic.hpp"

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "capture/pcapng.hpp"
#include "capture/tcp_frame.hpp"
#include "trace/event.hpp"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <array>
#include <cassert>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace halley::capture {
namespace {

using trace::direction;

// tshark decides by ports, on both sides, which dissector gets a connection. 80 and 8080 are
// HTTP's; the others below, and all of the range of the clients, belong to nobody
// (`tshark -G decodes`, tshark 4.0).
constexpr std::array<std::uint16_t, 4> server_ports = {80, 8080, 8000, 8008};
constexpr std::array<std::uint16_t, 6> claimed = {44321, 44322, 44818, 48049, 48898, 57000};
constexpr std::uint32_t first_client_port = 40000;
constexpr std::uint32_t client_ports = 65536 - first_client_port - claimed.size();
// Once every client port has been used, clients get addresses of the network for benchmarks, which
// no machine has: there each port is free again. Source: RFC 2544, appendix C.2.2 (198.18.0.0/15).
constexpr std::uint32_t further_clients = 0xC6120000;

std::uint16_t client_port(std::uint32_t number) {
  auto port = static_cast<std::uint16_t>(first_client_port + number % client_ports);
  for (const std::uint16_t taken : claimed)
    if (port >= taken) ++port;
  return port;
}

/// The address in "127.0.0.1:80"; that of the loopback interface where it is not IPv4.
std::uint32_t address_in(const std::string& endpoint) {
  boost::system::error_code error;
  const auto address =
      boost::asio::ip::make_address_v4(endpoint.substr(0, endpoint.rfind(':')), error);
  return error ? ip_endpoint{}.address : address.to_uint();
}

struct side {
  ip_endpoint where;
  std::uint32_t first_seq = 0;
  std::uint64_t sent = 0;  // octets of the stream
  bool syn = false;
  bool fin = false;

  /// SYN and FIN each take one number too. Source: RFC 9293 §3.4.
  std::uint32_t next_seq() const {
    return first_seq + static_cast<std::uint32_t>(sent) + (syn ? 1U : 0U) + (fin ? 1U : 0U);
  }
};

struct connection {
  std::string name;
  side halley;
  side target;
  bool reset = false;

  side& sender(direction dir) { return dir == direction::out ? halley : target; }
  side& receiver(direction dir) { return dir == direction::out ? target : halley; }
};

direction reverse(direction dir) {
  return dir == direction::out ? direction::in : direction::out;
}

/// The octets of the stream, as [begin, end), that a packet stands for.
struct extent {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// Writes the packets of one instance.
class forger {
public:
  forger(pcapng_writer& to,
         const std::string& instance,
         const std::vector<remark>& remarks,
         frame_index* index)
      : to_(to),
        instance_(instance),
        interface_(to.add_interface(instance)),
        remarks_(remarks),
        index_(index) {}

  /// The wall-clock time of the packets to come.
  void set_time(std::chrono::nanoseconds now) { now_ = now; }

  connection* find(const std::string& name) {
    const auto found = connections_.find(name);
    return found == connections_.end() ? nullptr : &found->second;
  }

  connection& open(const trace::event& one, const trace::conn_open& how, std::uint32_t number) {
    auto& made = connections_[one.conn] = connection{};
    made.name = one.conn;
    const bool is_client = how.halley_is_client;
    made.halley.where.address = address_in(how.local);
    made.target.where.address = address_in(how.remote);
    side& client = is_client ? made.halley : made.target;
    side& server = is_client ? made.target : made.halley;
    client.where.port = client_port(number);
    if (number >= client_ports) client.where.address = further_clients + number / client_ports;
    server.where.port = server_port(is_client ? how.remote : how.local);
    const std::string seed = instance_ + '\n' + one.conn;
    client.first_seq = static_cast<std::uint32_t>(stable_hash(seed + "\nclient"));
    server.first_seq = static_cast<std::uint32_t>(stable_hash(seed + "\nserver"));
    shake_hands(made, one.actor, how);
    return made;
  }

  void data(connection& on, direction dir, octet_view octets_moved) {
    // A receiver acknowledges what came with one write, and long before its window would be full.
    constexpr std::uint64_t acknowledge_after = 32ULL * segment_octets;
    side& from = on.sender(dir);
    assert(!from.fin);
    std::uint64_t unacknowledged = 0;
    while (!octets_moved.empty()) {
      const octet_view piece = octets_moved.substr(0, segment_octets);
      octets_moved.remove_prefix(piece.size());
      const extent covered{.begin = from.sent, .end = from.sent + piece.size()};
      const std::uint8_t push = octets_moved.empty() ? tcp_psh_flag : std::uint8_t{0};
      send(on, dir, push, piece, remarks_in(on.name, dir, covered));
      from.sent = covered.end;
      note(on.name, dir, covered);
      unacknowledged += piece.size();
      if (octets_moved.empty() || unacknowledged >= acknowledge_after) {
        acknowledge(on, dir);
        unacknowledged = 0;
      }
    }
  }

  void fin(connection& on, direction dir) {
    side& from = on.sender(dir);
    if (from.fin || on.reset) return;
    const extent end = end_of(from);
    send(on, dir, tcp_fin_flag, {}, remarks_in(on.name, dir, end));
    note(on.name, dir, {.begin = end.begin, .end = end.begin + 1});
    from.fin = true;
    acknowledge(on, dir);
  }

  void rst(connection& on, direction dir) {
    if (on.reset) return;
    const side& from = on.sender(dir);
    const extent end = end_of(from);
    // Behind a FIN the end has had its remarks.
    send(on, dir, tcp_rst_flag, {}, from.fin ? std::string() : remarks_in(on.name, dir, end));
    if (!from.fin) note(on.name, dir, {.begin = end.begin, .end = end.begin + 1});
    on.reset = true;
  }

private:
  std::uint16_t server_port(const std::string& listener) {
    const auto found = std::ranges::find(listeners_, listener);
    const auto number = static_cast<std::size_t>(found - listeners_.begin());
    if (found == listeners_.end()) listeners_.push_back(listener);
    return server_ports[std::min(number, server_ports.size() - 1)];
  }

  void shake_hands(connection& on, const std::string& actor, const trace::conn_open& how) {
    const direction first = how.halley_is_client ? direction::out : direction::in;
    std::string real = on.name;
    if (!actor.empty()) real += ", actor " + actor;
    real += ": " + (how.halley_is_client ? how.local + " → " + how.remote
                                         : how.remote + " → " + how.local);
    if (!how.endpoint.empty()) real += " (" + how.endpoint + ")";
    send(on, first, tcp_syn_flag, {}, real);
    on.sender(first).syn = true;
    send(on, reverse(first), tcp_syn_flag, {}, {});
    on.receiver(first).syn = true;
    send(on, first, 0, {}, {});
  }

  /// What was sent `dir` is acknowledged; a connection that was reset acknowledges nothing.
  void acknowledge(connection& on, direction dir) {
    if (!on.reset) send(on, reverse(dir), 0, {}, {});
  }

  void send(connection& on,
            direction dir,
            std::uint8_t flags,
            octet_view data,
            const std::string& comment) {
    const side& from = on.sender(dir);
    const side& to = on.receiver(dir);
    // Only the very first segment has nothing to acknowledge. Source: RFC 9293 §3.10.7.
    const std::uint8_t ack = to.syn ? tcp_ack_flag : std::uint8_t{0};
    const tcp_frame frame{.from = from.where,
                          .to = to.where,
                          .seq = from.next_seq(),
                          .ack = to.syn ? to.next_seq() : 0,
                          .flags = static_cast<std::uint8_t>(flags | ack),
                          .data = data};
    const bool outbound = dir == direction::out;
    to_.add_packet(interface_, now_, encode(frame, outbound), outbound, comment);
  }

  static extent end_of(const side& from) { return {.begin = from.sent, .end = UINT64_MAX}; }

  std::string remarks_in(const std::string& conn, direction dir, extent covered) const {
    std::string text;
    for (const auto& one : remarks_) {
      if (one.conn != conn || one.dir != dir || one.off < covered.begin || one.off >= covered.end)
        continue;
      if (!text.empty()) text += '\n';
      text += one.text;
    }
    return text;
  }

  /// The packet just written stands for `covered`.
  void note(const std::string& conn, direction dir, extent covered) {
    if (index_ != nullptr) index_->frames[{conn, dir}].emplace_back(covered.end, to_.packets());
  }

  pcapng_writer& to_;
  const std::string& instance_;
  std::uint32_t interface_;
  const std::vector<remark>& remarks_;
  frame_index* index_;
  std::chrono::nanoseconds now_{0};
  std::map<std::string, connection> connections_;
  std::vector<std::string> listeners_;
};

}  // namespace

std::uint64_t frame_index::find(const std::string& conn, direction dir, std::uint64_t off) const {
  const auto found = frames.find({conn, dir});
  if (found == frames.end()) return 0;
  const auto carrier = std::ranges::upper_bound(found->second, off, {},
                                                &std::pair<std::uint64_t, std::uint64_t>::first);
  return carrier == found->second.end() ? 0 : carrier->second;
}

frame_range synthetic_capture::write(const std::string& instance,
                                     const std::vector<trace::event>& events,
                                     const std::vector<remark>& remarks,
                                     frame_index* index) {
  const std::uint64_t before = to_.packets();
  forger forge(to_, instance, remarks, index);
  for (const auto& one : events) {
    forge.set_time(run_start_ + one.t);
    if (const auto* how = std::get_if<trace::conn_open>(&one.what)) {
      forge.open(one, *how, connections_++);
      continue;
    }
    connection* on = forge.find(one.conn);
    if (on == nullptr) continue;
    if (const auto* moved = std::get_if<trace::wire_octets>(&one.what)) {
      forge.data(*on, one.dir, moved->data);
    } else if (std::holds_alternative<trace::tcp_fin>(one.what)) {
      forge.fin(*on, one.dir);
    } else if (std::holds_alternative<trace::tcp_rst>(one.what)) {
      forge.rst(*on, one.dir);
    }
  }
  to_.flush();
  if (to_.packets() == before) return {};
  return {.first = before + 1, .last = to_.packets()};
}

}  // namespace halley::capture
