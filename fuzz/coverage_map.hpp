#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace halley::fuzz {

/// The file in which programs that were linked with fuzz/coverage/halley_coverage.c count which of
/// their edges were reached, and what was seen of it. Whoever writes there is not trusted: the file
/// is read, never mapped, so that a program that cuts it off does no harm here.
class coverage_map {
public:
  /// Of the environment of the program: holds path().
  static constexpr const char* variable = "HALLEY_COVERAGE";
  /// More edges than this share counters, or are not counted.
  static constexpr std::size_t edges = std::size_t{1} << 20U;

  coverage_map() = default;
  ~coverage_map();
  coverage_map(const coverage_map&) = delete;
  coverage_map& operator=(const coverage_map&) = delete;

  /// Makes `file` anew, readable for its owner alone. Best where no disk is behind it.
  /// Returns: a message on failure, else empty.
  std::string open(const std::filesystem::path& file);
  /// Absolute.
  const std::filesystem::path& path() const { return path_; }

  /// What was reached since the last look: pairs of an edge and a class of how often (1, 2, 3, 4–7,
  /// 8–15, 16–31, 32–127, more) that no look has shown before. Counting begins anew.
  std::size_t take_new();
  /// Counting begins anew; what was reached since the last look was not seen.
  void reset();
  /// Edges that any look has shown.
  std::size_t reached() const { return reached_; }

private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::vector<std::uint8_t> counts_;  ///< as read last
  std::vector<std::uint8_t> seen_;    ///< per edge, one bit a class
  std::size_t reached_ = 0;
};

}  // namespace halley::fuzz
