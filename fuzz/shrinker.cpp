#include "fuzz/shrinker.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <tuple>
#include <utility>
#include <vector>

namespace halley::fuzz {
namespace {

using elements = std::vector<std::uint32_t>;

constexpr std::size_t longest_span = 8;
constexpr std::uint32_t largest_element = 255;

/// Shorter first, then smaller from the front.
bool simpler(const elements& one, const elements& other) {
  return std::make_tuple(one.size(), std::cref(one)) <
         std::make_tuple(other.size(), std::cref(other));
}

class final_pass {
public:
  final_pass(elements failing, const still_shows& shows)
      : best_(std::move(failing)), shows_(shows) {}

  elements run() {
    for (elements before; before != best_;) {
      before = best_;
      delete_spans();
      set_zero();
      search_smallest();
      move_weight();
    }
    return std::move(best_);
  }

private:
  bool accepts(const elements& candidate) {
    if (!simpler(candidate, best_)) return false;
    auto drawn = shows_(candidate);
    if (!drawn || !simpler(*drawn, best_)) return false;
    best_ = std::move(*drawn);
    return true;
  }

  void delete_spans() {
    for (std::size_t span = longest_span; span > 0; --span)
      for (std::size_t end = best_.size(); end >= span;) {
        auto candidate = best_;
        const auto from = candidate.begin() + static_cast<std::ptrdiff_t>(end - span);
        candidate.erase(from, from + static_cast<std::ptrdiff_t>(span));
        accepts(candidate);
        end = std::min(end - 1, best_.size());
      }
  }

  void set_zero() {
    for (std::size_t i = 0; i < best_.size(); ++i) {
      auto candidate = best_;
      if (std::exchange(candidate[i], 0) != 0) accepts(candidate);
    }
  }

  /// The smallest value that still fails, if those that fail are the large ones; else just one.
  void search_smallest() {
    for (std::size_t i = 0; i < best_.size(); ++i)
      for (std::uint32_t low = 0; i < best_.size() && low < best_[i];) {
        auto candidate = best_;
        candidate[i] = low + (best_[i] - low) / 2;
        const auto tried = candidate[i];
        if (!accepts(candidate)) low = tried + 1;
      }
  }

  /// Where two numbers share an amount, the later one may carry it.
  void move_weight() {
    for (std::size_t i = 0; i + 1 < best_.size(); ++i)
      for (std::size_t j = i + 1; i < best_.size() && j < best_.size(); ++j) {
        const auto weight = best_[i];
        if (weight == 0) break;
        auto candidate = best_;
        candidate[j] = std::min(candidate[j] + weight, largest_element);
        candidate[i] = 0;
        if (accepts(candidate) || weight == 1) continue;
        candidate = best_;
        --candidate[i];
        candidate[j] = std::min(candidate[j] + 1, largest_element);
        accepts(candidate);
      }
  }

  elements best_;
  const still_shows& shows_;
};

}  // namespace

std::vector<std::uint32_t> shrink(std::vector<std::uint32_t> failing, const still_shows& shows) {
  return final_pass(std::move(failing), shows).run();
}

}  // namespace halley::fuzz
