#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace halley::capture {

/// Owns flows and finds them by their `key`, whose hash the caller knows. Open addressing: one look
/// at one place in memory is what a packet costs, where std::unordered_map takes three and a
/// division.
template <typename Flow>
class flow_index {
public:
  flow_index() : slots_(least_slots) {}

  /// Returns: null where there is none.
  template <typename Key>
  Flow* find(const Key& key, std::uint64_t hash) const {
    for (std::size_t at = place(hash); slots_[at].flow != nullptr; at = next(at))
      if (slots_[at].hash == hash && slots_[at].flow->key == key) return slots_[at].flow.get();
    return nullptr;
  }
  /// There must be none with its key.
  Flow& insert(std::unique_ptr<Flow> flow, std::uint64_t hash) {
    if (++size_ * 2 > slots_.size()) grow();
    return *put({.hash = hash, .flow = std::move(flow)}).flow;
  }
  /// Returns: the flow, which is in here no more.
  std::unique_ptr<Flow> take(const Flow& flow, std::uint64_t hash) {
    std::size_t at = place(hash);
    while (slots_[at].flow.get() != &flow)
      at = next(at);
    std::unique_ptr<Flow> taken = std::move(slots_[at].flow);
    --size_;
    close_hole(at);
    return taken;
  }
  std::size_t size() const { return size_; }
  template <typename Take>
  void each(Take take) const {
    for (const slot& one : slots_)
      if (one.flow != nullptr) take(*one.flow);
  }

private:
  struct slot {
    std::uint64_t hash = 0;
    std::unique_ptr<Flow> flow;
  };
  static constexpr std::size_t least_slots = 64;

  std::size_t place(std::uint64_t hash) const {
    return static_cast<std::size_t>(hash) & (slots_.size() - 1);
  }
  std::size_t next(std::size_t at) const { return (at + 1) & (slots_.size() - 1); }

  slot& put(slot one) {
    std::size_t at = place(one.hash);
    while (slots_[at].flow != nullptr)
      at = next(at);
    slots_[at] = std::move(one);
    return slots_[at];
  }
  void grow() {
    std::vector<slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (slot& one : old)
      if (one.flow != nullptr) put(std::move(one));
  }
  /// What lies behind an empty slot could not be found any more: it moves up.
  void close_hole(std::size_t hole) {
    for (std::size_t at = next(hole); slots_[at].flow != nullptr; at = next(at)) {
      const std::size_t wanted = place(slots_[at].hash);
      const std::size_t mask = slots_.size() - 1;
      if (((at - wanted) & mask) < ((at - hole) & mask)) continue;
      slots_[hole] = std::move(slots_[at]);
      hole = at;
    }
  }

  std::vector<slot> slots_;
  std::size_t size_ = 0;
};

}  // namespace halley::capture
