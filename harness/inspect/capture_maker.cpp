#include "inspect/capture_maker.hpp"

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "capture/flow_sink.hpp"
#include "capture/tcp_frame.hpp"
#include "inspect/made_talk.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace halley::inspect {
namespace {

using capture::side;
using capture::tcp_ack_flag;
using capture::tcp_fin_flag;
using capture::tcp_psh_flag;
using capture::tcp_syn_flag;

struct made_packet {
  octets frame;
  side from = side::client;
  std::string rule;
};

void put(octets& to, std::uint64_t number, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i)
    to += static_cast<char>((number >> (8 * i)) & 0xFFU);
}

/// One connection: turns writes into segments.
class made_flow {
public:
  made_flow(std::uint64_t number, std::unique_ptr<made_talk> talk, bool lossy)
      : talk_(std::move(talk)), lossy_(lossy) {
    const auto low = static_cast<std::uint32_t>(number);
    ends_[0] = {.address = 0x0A000000U + low / 20000 + 1,
                .port = static_cast<std::uint16_t>(40000 + low % 20000)};
    ends_[1] = {.address = 0x0AFF0001, .port = 80};
    next_ = {low * 7919 + 1, low * 104729 + 1};
    add(side::client, {}, tcp_syn_flag);
    add(side::server, {}, tcp_syn_flag | tcp_ack_flag);
    add(side::client, {}, tcp_ack_flag);
  }

  /// Returns: false where all was said.
  bool next(made_packet& out) {
    while (ready_.empty()) {
      if (ended_) return false;
      std::vector<made_write> writes;
      if (!talk_->next(writes)) ended_ = true;
      for (const made_write& one : writes)
        say(one);
      if (!ended_) continue;
      add(side::server, {}, tcp_fin_flag | tcp_ack_flag);
      add(side::client, {}, tcp_fin_flag | tcp_ack_flag);
      add(side::server, {}, tcp_ack_flag);
    }
    out = std::move(ready_.front());
    ready_.pop_front();
    return true;
  }
  bool lossy() const { return lossy_; }

private:
  static side other(side one) { return one == side::client ? side::server : side::client; }
  static std::size_t index(side one) { return one == side::client ? 0 : 1; }

  void say(const made_write& one) {
    for (std::size_t at = 0; at < one.data.size();) {
      const octet_view part = octet_view(one.data).substr(at, capture::segment_octets);
      at += part.size();
      add(one.from, part, at == one.data.size() ? tcp_ack_flag | tcp_psh_flag : tcp_ack_flag,
          one.rule);
      // As peers do: every other segment of a long run is acknowledged on its own.
      if (++unacknowledged_ % 2 == 0 && part.size() == capture::segment_octets)
        add(other(one.from), {}, tcp_ack_flag);
    }
  }

  void add(side from, octet_view data, std::uint8_t flags, const std::string& rule = {}) {
    capture::tcp_frame one;
    one.from = ends_[index(from)];
    one.to = ends_[index(other(from))];
    one.seq = next_[index(from)];
    one.ack = (flags & tcp_ack_flag) != 0 ? next_[index(other(from))] : 0;
    one.flags = flags;
    one.data = data;
    ready_.push_back(
        {.frame = capture::encode(one, from == side::client), .from = from, .rule = rule});
    const bool counts_one = (flags & (tcp_syn_flag | tcp_fin_flag)) != 0;
    next_[index(from)] += static_cast<std::uint32_t>(data.size()) + (counts_one ? 1 : 0);
  }

  std::unique_ptr<made_talk> talk_;
  bool lossy_;
  bool ended_ = false;
  std::uint64_t unacknowledged_ = 0;
  std::array<capture::ip_endpoint, 2> ends_;
  std::array<std::uint32_t, 2> next_{};
  std::deque<made_packet> ready_;
};

class maker {
public:
  using writer = std::function<void(octet_view)>;

  maker(const capture_order& order, capture_truth& truth, writer write)
      : order_(order),
        truth_(truth),
        write_(std::move(write)),
        content_(random_source::named(order.seed, "content")),
        network_(random_source::named(order.seed, "network")) {}

  void run() {
    constexpr std::uint32_t nanosecond_magic = 0xA1B23C4D;
    put(block_, nanosecond_magic, 4);
    put(block_, 2, 2);
    put(block_, 4, 2);
    put(block_, 0, 8);
    put(block_, 262144, 4);
    put(block_, 1, 4);
    while (step()) {
    }
    flush();
    std::ranges::sort(truth_.planted, {}, &planted_fault::frame);
  }

private:
  static bool happens(random_source& random, std::uint64_t one_in) {
    return one_in > 0 && random.below(one_in) == 0;
  }

  bool step() {
    const bool enough = written_ + block_.size() >= order_.file_octets;
    while (!enough && flows_.size() < order_.live_flows)
      begin();
    if (flows_.empty()) return false;
    const auto which = static_cast<std::size_t>(network_.below(flows_.size()));
    made_flow& flow = *flows_[which];
    made_packet one;
    if (!flow.next(one)) {
      std::swap(flows_[which], flows_.back());
      flows_.pop_back();
      return true;
    }
    pass(flow, one);
    return true;
  }

  void begin() {
    const bool plant = happens(network_, order_.wrong.plant_one_in);
    const bool lossy = !plant && order_.wrong.lose_one_in > 0 && network_.below(2) == 0;
    flows_.push_back(std::make_unique<made_flow>(
        truth_.flows++, make_talk(order_.kind, content_, truth_, plant), lossy));
  }

  /// What the capture makes of a packet, and with a swap of the next one of its flow.
  void pass(made_flow& flow, const made_packet& one) {
    if (flow.lossy() && happens(network_, order_.wrong.lose_one_in)) {
      ++truth_.lost;
      return;
    }
    if (happens(network_, order_.wrong.swap_one_in)) {
      made_packet second;
      if (flow.next(second)) {
        ++truth_.swapped;
        write(second);
      }
    }
    write(one);
    if (!happens(network_, order_.wrong.double_one_in)) return;
    ++truth_.doubled;
    made_packet again = one;
    again.rule.clear();
    write(again);
  }

  void write(const made_packet& one) {
    constexpr std::uint64_t second = 1'000'000'000;
    now_ += 1000 + network_.below(20'000);
    put(block_, now_ / second, 4);
    put(block_, now_ % second, 4);
    put(block_, one.frame.size(), 4);
    put(block_, one.frame.size(), 4);
    block_ += one.frame;
    ++truth_.packets;
    if (!one.rule.empty())
      truth_.planted.push_back({.frame = truth_.packets, .by = one.from, .rule = one.rule});
    constexpr std::size_t most = std::size_t{1} << 20U;
    if (block_.size() >= most) flush();
  }

  void flush() {
    write_(block_);
    written_ += block_.size();
    truth_.file_octets = written_;
    block_.clear();
  }

  const capture_order& order_;
  capture_truth& truth_;
  writer write_;
  random_source content_;
  random_source network_;
  std::vector<std::unique_ptr<made_flow>> flows_;
  octets block_;
  std::uint64_t written_ = 0;
  std::uint64_t now_ = 1'700'000'000'000'000'000;
};

}  // namespace

capture_truth make_capture(const capture_order& order, const std::filesystem::path& file) {
  capture_truth truth;
  std::ofstream to(file, std::ios::binary | std::ios::trunc);
  maker(order, truth, [&](octet_view data) {
    to.write(data.data(), static_cast<std::streamsize>(data.size()));
  }).run();
  to.close();
  if (!to)
    throw std::filesystem::filesystem_error("cannot write", file,
                                            std::error_code(errno, std::generic_category()));
  return truth;
}

octets make_capture(const capture_order& order, capture_truth& truth) {
  octets result;
  truth = {};
  maker(order, truth, [&](octet_view data) { result += data; }).run();
  return result;
}

}  // namespace halley::inspect
