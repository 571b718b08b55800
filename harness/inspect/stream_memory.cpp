#include "inspect/stream_memory.hpp"

#include "base/bytes.hpp"
#include "capture/flow_sink.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

namespace halley::inspect {

void stream_memory::append(octet_view data, const capture::moment& at) {
  if (data.empty()) return;
  end_ += data.size();
  recent_ += data.substr(data.size() - std::min(data.size(), kept_octets));
  // A move of the rest for each packet would cost more than the packet.
  if (recent_.size() > 2 * kept_octets) recent_.erase(0, recent_.size() - kept_octets);
  packets_.push_back({.end = end_, .at = at});
  if (packets_.size() <= kept_packets) return;
  forgotten_ = packets_.front().end;
  packets_.pop_front();
}

void stream_memory::skip(std::uint64_t length, const capture::moment& at) {
  end_ += length;
  recent_.clear();
  packets_.push_back({.end = end_, .at = at});
}

std::optional<capture::moment> stream_memory::moment_of(std::uint64_t off) const {
  if (packets_.empty() || off < forgotten_) return std::nullopt;
  const auto found = std::ranges::upper_bound(packets_, off, std::ranges::less{}, &packet::end);
  return found == packets_.end() ? packets_.back().at : found->at;
}

octet_view stream_memory::octets_at(std::uint64_t off, std::uint64_t count) const {
  const std::uint64_t begin = end_ - recent_.size();
  if (off < begin || off >= end_) return {};
  return octet_view(recent_).substr(static_cast<std::size_t>(off - begin),
                                    static_cast<std::size_t>(std::min(count, end_ - off)));
}

}  // namespace halley::inspect
