// Whatever two sides say, cut anywhere and with octets missing anywhere: the judge of captured
// connections ends, accuses only of octets that there were, and every octet is counted once.

#include "inspect/flow_judge.hpp"

#include "base/bytes.hpp"
#include "capture/flow_sink.hpp"
#include "fuzz/targets/require.hpp"
#include "inspect/verdict.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace {

using halley::capture::moment;
using halley::capture::side;
using halley::fuzz::require;

/// The front of the input chooses: how many octets of choices, then one for each packet.
class packets {
public:
  packets(const std::uint8_t* data, std::size_t size) {
    const std::size_t wanted = size == 0 ? 0 : data[0];
    const std::size_t choices = std::min<std::size_t>(wanted, size == 0 ? 0 : size - 1);
    choices_.assign(data + (size == 0 ? 0 : 1), data + (size == 0 ? 0 : 1) + choices);
    const std::size_t used = size == 0 ? 0 : 1 + choices;
    rest_.assign(data + used, data + size);
  }

  bool empty() const { return rest_.empty(); }
  std::uint8_t choice() {
    if (choices_.empty()) return 0x3F;
    const auto value = static_cast<std::uint8_t>(choices_[at_++ % choices_.size()]);
    return value;
  }
  /// In a buffer of just its size, so that reading too far is seen.
  std::string take(std::size_t count) {
    std::string taken = rest_.substr(0, count);
    rest_.erase(0, taken.size());
    taken.shrink_to_fit();
    return taken;
  }

private:
  std::string choices_;
  std::string rest_;
  std::size_t at_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  packets input(data, size);
  halley::capture::flow_opening opening;
  opening.number = 1;
  opening.whole = (input.choice() & 1U) == 0;
  halley::inspect::judge_settings settings;
  halley::inspect::latencies measured;
  settings.measured = &measured;
  std::uint64_t told = 0;
  halley::inspect::flow_judge judge(
      opening, settings, [&told](const halley::inspect::seen_event& one) { told += one.order; });
  std::array<std::uint64_t, 2> sent{};
  std::array<std::uint64_t, 2> missing{};
  moment now;
  while (!input.empty()) {
    const std::uint8_t how = input.choice();
    const side from = (how & 0x80U) == 0 ? side::client : side::server;
    const std::size_t index = halley::inspect::index_of(from);
    const std::size_t count = (how & 0x3FU) + 1U;
    ++now.frame;
    now.t += std::chrono::milliseconds(1);
    const std::string octets = input.take(count);
    sent.at(index) += octets.size();
    if ((how & 0x40U) == 0 || octets.empty()) {
      judge.data(from, octets, now);
    } else if ((how & 0x3FU) == 0) {
      judge.data(from, octets, now);
      judge.fin(from, now);
      judge.acknowledged(from, octets.size());
    } else {
      missing.at(index) += octets.size();
      judge.gap(from, octets.size(), now);
    }
  }
  const halley::inspect::flow_verdict verdict = judge.finish();
  require(verdict.octets == sent && verdict.missing == missing, "every octet is counted once");
  require(verdict.findings.size() <= 200, "findings are bounded");
  for (const auto& one : verdict.findings) {
    const auto what = one.broken.id + " of " + halley::inspect::name(one.by) + " at " +
                      std::to_string(one.off) + ", " + std::to_string(one.len) + " octets";
    require(one.off + one.len <= sent.at(halley::inspect::index_of(one.by)) + 16,
            "a finding lies in what was sent: " + what);
    require(one.frame <= now.frame && one.data.size() <= 64, "evidence is bounded: " + what);
    for (const auto& gap : verdict.gaps)
      require(gap.from != one.by || one.off < gap.off || one.off >= gap.off + gap.len,
              "a finding is not about missing octets: " + what);
  }
  return 0;
}
