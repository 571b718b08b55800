#include "scenario/cover.hpp"

#include "base/random.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

namespace halley::scenario {
namespace {

/// In a point: the parameter has no value yet.
constexpr auto open = std::numeric_limits<std::size_t>::max();

/// Whether all of `values` that are not empty hold for sure, whatever open parameters become.
bool hits(const exclusion& forbidden, const point& at) {
  for (std::size_t i = 0; i < at.size(); ++i)
    if (!forbidden[i].empty() && std::ranges::find(forbidden[i], at[i]) == forbidden[i].end())
      return false;
  return true;
}

bool excluded(const cover_problem& of, const point& at) {
  return std::ranges::any_of(of.excluded, [&at](const auto& one) { return hits(one, at); });
}

/// Whether the open parameters can be given values so that no exclusion holds. `at` comes back as
/// it was. Only parameters that an exclusion names need to be tried.
bool can_complete(const cover_problem& of, point& at) {
  if (of.excluded.empty()) return true;
  if (excluded(of, at)) return false;
  for (std::size_t i = 0; i < at.size(); ++i) {
    const bool matters =
        std::ranges::any_of(of.excluded, [i](const auto& one) { return !one[i].empty(); });
    if (at[i] != open || !matters) continue;
    bool found = false;
    for (std::size_t v = 0; v < of.sizes[i] && !found; ++v) {
      at[i] = v;
      found = can_complete(of, at);
    }
    at[i] = open;
    return found;
  }
  return true;
}

/// All allowed points that extend `at` from parameter `from` on.
void enumerate(const cover_problem& of, point& at, std::size_t from, std::vector<point>& into) {
  if (from == at.size()) {
    if (!excluded(of, at)) into.push_back(at);
    return;
  }
  for (std::size_t v = 0; v < of.sizes[from]; ++v) {
    at[from] = v;
    enumerate(of, at, from + 1, into);
  }
  at[from] = open;
}

/// Whether `at` has all the values that `part` has.
bool contains(const point& at, const point& part) {
  for (std::size_t i = 0; i < at.size(); ++i)
    if (part[i] != open && part[i] != at[i]) return false;
  return true;
}

/// `at` with the values of `part`; false where they differ.
bool merge(point& at, const point& part) {
  for (std::size_t i = 0; i < at.size(); ++i) {
    if (part[i] == open || at[i] == part[i]) continue;
    if (at[i] != open) return false;
    at[i] = part[i];
  }
  return true;
}

class growing_cover {
public:
  growing_cover(const cover_problem& of, std::size_t t, std::uint64_t seed)
      : of_(of), t_(t), random_(seed), order_(of.sizes.size()) {
    // Large domains first: they decide how many points there must be.
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::ranges::sort(order_, {}, [this](std::size_t i) {
      return std::pair(std::numeric_limits<std::size_t>::max() - of_.sizes[i], i);
    });
  }

  std::vector<point> build() {
    for (std::size_t k = 0; k < order_.size(); ++k) {
      collect(k);
      if (k + 1 > t_) grow_rows(order_[k]);
      add_rows();
    }
    for (auto& row : rows_)
      complete(row);
    std::ranges::sort(rows_);
    const auto same = std::ranges::unique(rows_);
    rows_.erase(same.begin(), same.end());
    return std::move(rows_);
  }

private:
  /// The combinations that parameter `order_[k]` makes with those before it; the first t parameters
  /// make theirs when the last of them comes.
  void collect(std::size_t k) {
    missing_.clear();
    if (k + 1 < t_) return;
    point part(of_.sizes.size(), open);
    choose(k, t_, part);
  }

  /// Gives values to `order_[k]` and to `count` - 1 parameters before it, in all ways.
  void choose(std::size_t k, std::size_t count, point& part) {
    const auto parameter = order_[k];
    for (std::size_t v = 0; v < of_.sizes[parameter]; ++v) {
      part[parameter] = v;
      if (count == 1) {
        if (can_complete(of_, part)) missing_.insert(part);
      } else {
        for (std::size_t before = count - 2; before < k; ++before)
          choose(before, count - 1, part);
      }
    }
    part[parameter] = open;
  }

  /// Horizontal growth: each row gets the value that covers most of what is missing.
  void grow_rows(std::size_t parameter) {
    for (auto& row : rows_) {
      if (missing_.empty()) return;
      const auto size = of_.sizes[parameter];
      const auto first = static_cast<std::size_t>(random_.below(size));
      const auto counts = covered_by_value(row, parameter);
      std::size_t best = open;
      for (std::size_t i = 0; i < size; ++i) {
        row[parameter] = (first + i) % size;
        const bool more = best == open || counts[row[parameter]] > counts[best];
        if (more && can_complete(of_, row)) best = row[parameter];
      }
      row[parameter] = best;
      std::erase_if(missing_, [&row](const point& part) { return contains(row, part); });
    }
  }

  /// For each value of `parameter`, how much of what is missing `row` would then have.
  std::vector<std::size_t> covered_by_value(point row, std::size_t parameter) const {
    std::vector<std::size_t> result(of_.sizes[parameter], 0);
    for (const auto& part : missing_) {
      row[parameter] = part[parameter];
      if (contains(row, part)) ++result[part[parameter]];
    }
    return result;
  }

  /// Vertical growth: what is still missing goes into open places, else into a new row.
  void add_rows() {
    for (const auto& part : missing_) {
      const bool placed = std::ranges::any_of(rows_, [&](point& row) {
        auto merged = row;
        if (!merge(merged, part) || !can_complete(of_, merged)) return false;
        row = std::move(merged);
        return true;
      });
      if (!placed) rows_.push_back(part);
    }
  }

  void complete(point& row) {
    for (const auto parameter : order_) {
      if (row[parameter] != open) continue;
      const auto size = of_.sizes[parameter];
      const auto first = static_cast<std::size_t>(random_.below(size));
      for (std::size_t i = 0; i < size; ++i) {
        row[parameter] = (first + i) % size;
        if (can_complete(of_, row)) break;
      }
    }
    assert(!excluded(of_, row));
  }

  const cover_problem& of_;
  std::size_t t_;
  random_source random_;
  std::vector<std::size_t> order_;
  std::set<point> missing_;  ///< sorted: what is placed first must not depend on addresses
  std::vector<point> rows_;
};

}  // namespace

std::vector<point> cover(const cover_problem& of, std::size_t t, std::uint64_t seed) {
  point at(of.sizes.size(), open);
  if (t == 0 || t >= of.sizes.size()) {
    std::vector<point> all;
    enumerate(of, at, 0, all);
    return all;
  }
  // The luck of the draw is a tenth of the points: where trying is cheap, the best of some is kept.
  constexpr std::size_t cheap = 1'000;
  constexpr std::uint64_t tries = 8;
  std::size_t size = 1;
  for (const auto one : of.sizes)
    size = std::min(size * one, cheap + 1);
  random_source seeds(seed);
  auto best = growing_cover(of, t, seeds.next()).build();
  for (std::uint64_t i = 1; i < tries && size <= cheap; ++i) {
    auto other = growing_cover(of, t, seeds.next()).build();
    if (other.size() < best.size()) best = std::move(other);
  }
  return best;
}

}  // namespace halley::scenario
