#include "fuzz/coverage_map.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace halley::fuzz {
namespace {

// The form of fuzz/coverage/halley_coverage.c.
constexpr std::string_view magic = "HLYCOV1\n";
constexpr std::size_t head_size = 4096;

std::string failed(const char* doing, const std::filesystem::path& file) {
  return file.string() + ": cannot " + doing + ": " + std::generic_category().message(errno);
}

/// One bit for how often an edge was reached; none for never.
std::uint8_t class_of(std::uint8_t count) {
  constexpr std::uint8_t many = 128;
  constexpr std::uint8_t some = 32;
  if (count <= 2) return count;
  if (count == 3) return 4;
  if (count >= many) return 128;
  if (count >= some) return 64;
  // 4–7, 8–15, 16–31
  return static_cast<std::uint8_t>(std::bit_floor(count) << 1U);
}

}  // namespace

coverage_map::~coverage_map() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::string coverage_map::open(const std::filesystem::path& file) {
  std::error_code error;
  path_ = std::filesystem::absolute(file, error);
  if (error) return file.string() + ": " + error.message();
  if (descriptor_ >= 0) ::close(descriptor_);
  // A new file: who has the old one open does not count in this one.
  ::unlink(path_.c_str());
  constexpr mode_t for_owner = 0600;
  descriptor_ =
      ::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, for_owner);
  if (descriptor_ < 0) return failed("be made", path_);
  if (::ftruncate(descriptor_, static_cast<off_t>(head_size + edges)) != 0)
    return failed("be made so large", path_);
  if (::pwrite(descriptor_, magic.data(), magic.size(), 0) != static_cast<ssize_t>(magic.size()))
    return failed("be written", path_);
  counts_.assign(edges, 0);
  seen_.assign(edges, 0);
  reached_ = 0;
  return {};
}

std::size_t coverage_map::take_new() {
  if (descriptor_ < 0) return 0;
  const ssize_t got = ::pread(descriptor_, counts_.data(), counts_.size(), head_size);
  const auto size = static_cast<std::size_t>(std::max<ssize_t>(got, 0));
  reset();
  std::size_t result = 0;
  for (std::size_t i = 0; i < size; ++i) {
    if (counts_[i] == 0) continue;
    const std::uint8_t now = class_of(counts_[i]);
    if ((seen_[i] & now) != 0) continue;
    if (seen_[i] == 0) ++reached_;
    seen_[i] |= now;
    ++result;
  }
  return result;
}

void coverage_map::reset() {
  if (descriptor_ < 0) return;
  static const std::vector<std::uint8_t> zeros(edges, 0);
  // A file that somebody has cut off grows again here; what then is counted no longer matters.
  static_cast<void>(::pwrite(descriptor_, zeros.data(), zeros.size(), head_size));
}

}  // namespace halley::fuzz
