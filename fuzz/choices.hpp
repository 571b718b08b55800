#pragma once

#include "base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace halley::fuzz {

/// A test case: a sequence of choices, drawn one after the other by whoever makes a scenario of
/// them. The only decoder of test cases: vectors that RapidCheck generates and shrinks, octets of a
/// coverage-guided fuzzer, and kept corpora all pass here.
class choices {
public:
  /// The largest bound that may be drawn with: two elements.
  static constexpr std::uint32_t largest_bound = 0x10000;

  explicit choices(std::vector<std::uint32_t> elements);
  explicit choices(octet_view octets);

  /// A number in [0, bound), 0 where nothing is left. 0 is always the simplest choice. A bound over
  /// 256 takes two elements, the higher first; of each element the lowest eight bits count.
  std::uint32_t draw(std::uint32_t bound);
  bool exhausted() const { return next_ >= elements_.size(); }

  /// What was drawn so far, each element already reduced, without zeros at the end: decoding it
  /// again gives the same choices, so this is the form to keep and to shrink.
  std::vector<std::uint32_t> used() const;

private:
  std::uint32_t take();

  std::vector<std::uint32_t> elements_;
  std::vector<std::uint32_t> used_;
  std::size_t next_ = 0;
};

}  // namespace halley::fuzz
