#include "trace/output_file.hpp"

#include "base/bytes.hpp"

#include <cassert>
#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <system_error>
#include <unistd.h>

namespace halley::trace {

output_file::~output_file() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::string output_file::open(const std::filesystem::path& file, if_exists what) {
  assert(!is_open());
  file_ = file;
  const int existing = what == if_exists::refuse ? O_EXCL : O_TRUNC;
  do {
    descriptor_ = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | existing, 0666);
  } while (descriptor_ < 0 && errno == EINTR);
  return is_open() ? std::string() : failed("open");
}

std::string output_file::write(octet_view data) {
  assert(is_open());
  while (!data.empty()) {
    const auto taken = ::write(descriptor_, data.data(), data.size());
    if (taken >= 0) {
      data.remove_prefix(static_cast<std::size_t>(taken));
    } else if (errno != EINTR) {
      return failed("write");
    }
  }
  return {};
}

std::string output_file::sync() {
  assert(is_open());
  int result = 0;
  do {
    result = ::fdatasync(descriptor_);
  } while (result != 0 && errno == EINTR);
  return result == 0 ? std::string() : failed("sync");
}

std::string output_file::failed(const char* doing) const {
  const std::string why = std::generic_category().message(errno);
  return file_.string() + ": cannot " + doing + ": " + why;
}

}  // namespace halley::trace
