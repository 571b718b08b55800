#include "capture/stream_order.hpp"

#include "base/bytes.hpp"
#include "capture/flow_sink.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>

namespace halley::capture {
namespace {

/// How many octets differ between two runs that both begin at `seq`.
std::uint64_t differing(octet_view a, octet_view b) {
  const std::size_t size = std::min(a.size(), b.size());
  if (size == 0 || std::memcmp(a.data(), b.data(), size) == 0) return 0;
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < size; ++i)
    count += a[i] != b[i] ? 1 : 0;
  return count;
}

}  // namespace

stream_piece stream_piece::front(std::uint32_t size) const {
  stream_piece result = *this;
  result.length = size;
  result.data = data.substr(0, size);
  return result;
}

void stream_piece::drop_front(std::uint32_t size) {
  seq += size;
  length -= size;
  data.remove_prefix(std::min<std::size_t>(size, data.size()));
}

void stream_order::begin_at(std::uint32_t seq) {
  assert(!known_);
  known_ = true;
  next_ = base_ = acknowledged_ = seq;
}

void stream_order::acknowledge(std::uint32_t ack, const moment& at) {
  if (!known_) begin_at(ack);
  if (distance(acknowledged_, ack) <= 0) return;
  acknowledged_ = ack;
  if (lacks()) lack_moment_ = at;
}

void stream_order::let_go(const stream_reader& to) {
  held_ = false;
  give_waiting(to);
  give_ends(to);
}

void stream_order::take_unusual(stream_piece one, const stream_reader& to) {
  const std::int32_t from_next = ahead(one.seq);
  if (from_next < 0) {
    const std::uint32_t old = next_ - one.seq;
    // RFC 9293 §3.8.4: a keep-alive probe has no octets, or one that the other side has already.
    const bool probe = one.length == 1 && old == 1;
    if (!probe) {
      ++to.counts->retransmitted;
      compare_recent(one.front(std::min(old, one.length)), *to.counts);
    }
    if (old >= one.length) return;
    one.drop_front(old);
  }
  if (closed_) return;
  if (waiting_.empty() && from_next <= 0 && !held_) {
    give(one, to);
    return;
  }
  if (from_next <= 0 && !held_) ++to.counts->out_of_order;
  put_waiting(one, to);
  if (!held_) give_waiting(to);
}

/// Adds what of `one` does not wait already: the octets that came first win.
void stream_order::put_waiting(stream_piece one, const stream_reader& to) {
  auto at = std::ranges::partition_point(
      waiting_, [&](const stream_piece& known) { return distance(one.seq, known.end()) <= 0; });
  bool again = false;
  while (one.length > 0) {
    const bool free = at == waiting_.end() || distance(one.end(), at->seq) >= 0;
    const std::int32_t before = free ? 0 : distance(one.seq, at->seq);
    if (free || before > 0) {
      const stream_piece part = free ? one : one.front(static_cast<std::uint32_t>(before));
      at = std::next(waiting_.insert(at, part));
      one.drop_front(part.length);
      continue;
    }
    stream_piece known = *at;
    known.drop_front(one.seq - known.seq);
    again = true;
    to.counts->differing_overlaps += differing(known.data, one.data);
    one.drop_front(std::min(known.length, one.length));
    ++at;
  }
  if (again) ++to.counts->retransmitted;
}

void stream_order::give(const stream_piece& one, const stream_reader& to) {
  next_ += one.length;
  if (!one.data.empty()) {
    recent_[next_recent_] = {.seq = one.seq,
                             .size = static_cast<std::uint32_t>(one.data.size()),
                             .data = one.data.data()};
    next_recent_ = (next_recent_ + 1) % remembered;
    to.counts->octets += one.data.size();
    if (to.sink != nullptr) to.sink->data(to.from, one.data, one.at);
  }
  const auto cut = one.length - static_cast<std::uint32_t>(one.data.size());
  if (cut == 0) return;
  ++to.counts->gaps;
  to.counts->gap_octets += cut;
  if (to.sink != nullptr) to.sink->gap(to.from, cut, one.at);
}

void stream_order::give_gap(std::uint32_t length, const moment& at, const stream_reader& to) {
  if (length == 0) return;
  next_ += length;
  ++to.counts->gaps;
  to.counts->gap_octets += length;
  if (to.sink != nullptr) to.sink->gap(to.from, length, at);
}

void stream_order::give_waiting(const stream_reader& to) {
  std::size_t given = 0;
  while (given < waiting_.size() && waiting_[given].seq == next_)
    give(waiting_[given++], to);
  if (given == 0) return;
  waited_ = 0;
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(given));
}

void stream_order::end_at(std::uint32_t seq, const moment& at) {
  if (has_fin_) return;
  has_fin_ = true;
  fin_at_ = seq;
  fin_moment_ = at;
}

void stream_order::reset_at(std::uint32_t seq, const moment& at) {
  if (has_rst_) return;
  has_rst_ = true;
  rst_at_ = seq;
  rst_moment_ = at;
}

void stream_order::judge_missing(const stream_reader& to, std::uint32_t patience) {
  if (held_) return;  // nothing may be missing: what is there waits for the other direction
  std::uint32_t missing_end = acknowledged_;
  if (!waiting_.empty())
    missing_end = waiting_.front().seq;
  else if (has_fin_ && !fin_given_)
    missing_end = fin_at_;
  if (distance(missing_end, acknowledged_) < 0) {
    waited_ = 0;
    return;
  }
  if (++waited_ > patience) give_up_first(to);
}

void stream_order::give_up_first(const stream_reader& to) {
  waited_ = 0;
  held_ = false;
  if (!waiting_.empty()) {
    const stream_piece& first = waiting_.front();
    give_gap(first.seq - next_, first.at, to);
    give_waiting(to);
  } else if (has_fin_ && !fin_given_ && ahead(fin_at_) > 0) {
    give_gap(fin_at_ - next_, fin_moment_, to);
  } else if (lacks()) {
    give_gap(acknowledged_ - next_, lack_moment_, to);
  }
  give_ends(to);
}

void stream_order::give_due_ends(const stream_reader& to) {
  if (held_) return;
  if (has_fin_ && !fin_given_ && ahead(fin_at_) <= 0) {
    fin_given_ = closed_ = true;
    if (to.sink != nullptr) to.sink->fin(to.from, fin_moment_);
  }
  if (has_rst_ && !rst_given_ && ahead(rst_at_) <= 0) {
    rst_given_ = closed_ = true;
    if (to.sink != nullptr) to.sink->rst(to.from, rst_moment_);
  }
  if (!closed_) return;
  waiting_.clear();
}

// A RST may carry any number that the other side's window allows: unlike a FIN's, it does not say
// that octets are missing.
void stream_order::give_all(const stream_reader& to) {
  while (!waiting_.empty())
    give_up_first(to);
  held_ = false;
  if ((has_fin_ && !fin_given_) || lacks()) give_up_first(to);
  rst_at_ = next_;
  give_ends(to);
}

void stream_order::compare_recent(const stream_piece& again, segment_counts& counts) const {
  for (const recent& known : recent_) {
    const std::int32_t shift = distance(known.seq, again.seq);
    const octet_view before(known.data, known.size);
    const auto skipped = static_cast<std::size_t>(shift < 0 ? -std::int64_t{shift} : shift);
    if (shift >= 0 && skipped < before.size())
      counts.differing_overlaps += differing(before.substr(skipped), again.data);
    else if (shift < 0 && skipped < again.data.size())
      counts.differing_overlaps += differing(before, again.data.substr(skipped));
  }
}

}  // namespace halley::capture
