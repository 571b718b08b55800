#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace halley {

/// A queue in one block of memory, which it keeps: an empty one has allocated nothing (std::deque
/// has, half a kilobyte), and one that fills and empties allocates no more.
template <typename T>
class fifo {
public:
  bool empty() const { return first_ == all_.size(); }
  std::size_t size() const { return all_.size() - first_; }
  T& front() { return all_[first_]; }
  const T& front() const { return all_[first_]; }
  void push_back(T&& one) { all_.push_back(std::move(one)); }
  void clear() { erase_until(all_.size()); }
  auto begin() { return all_.begin() + static_cast<std::ptrdiff_t>(first_); }
  auto end() { return all_.end(); }

  /// Removes the first and returns it.
  T take_front() {
    T result = std::move(all_[first_++]);
    // Half of it is gone at least: each is moved once on average.
    if (first_ == all_.size() || (first_ >= most_gone && 2 * first_ >= all_.size()))
      erase_until(first_);
    return result;
  }

  template <typename Which>
  void erase_if(Which which) {
    erase_until(first_);
    std::erase_if(all_, which);
  }

private:
  static constexpr std::size_t most_gone = 32;

  void erase_until(std::size_t end) {
    all_.erase(all_.begin(), all_.begin() + static_cast<std::ptrdiff_t>(end));
    first_ = 0;
  }

  std::vector<T> all_;
  std::size_t first_ = 0;
};

}  // namespace halley
