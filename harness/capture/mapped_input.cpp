#include "capture/mapped_input.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace halley::capture {
namespace {

constexpr std::size_t block_octets = std::size_t{1} << 20U;

std::string because(const std::string& what) {
  return what + ": " + std::generic_category().message(errno);
}

/// A file without a name: it is gone with its last descriptor, whatever happens to us.
int nameless_file() {
  const std::filesystem::path folder = std::filesystem::temp_directory_path();
  const int made = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (made >= 0) return made;
  std::string form = (folder / "halley-XXXXXX").string();  // not every file system has O_TMPFILE
  const int named = ::mkostemp(form.data(), O_CLOEXEC);
  if (named >= 0) ::unlink(form.c_str());
  return named;
}

}  // namespace

mapped_input::~mapped_input() {
  if (begin_ != nullptr) ::munmap(const_cast<char*>(begin_), mapped_);
  if (spool_ >= 0) ::close(spool_);
  if (owns_source_) ::close(source_);
}

std::string mapped_input::open(const std::filesystem::path& file, more_awaited wait) {
  wait_ = std::move(wait);
  owns_source_ = file != "-";
  source_ = owns_source_ ? ::open(file.c_str(), O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
  if (source_ < 0) {
    owns_source_ = false;
    return because("cannot open");
  }
  struct stat what{};
  if (::fstat(source_, &what) != 0) return because("cannot open");
  if (S_ISDIR(what.st_mode)) return "is a folder";
  const bool from_its_start = ::lseek(source_, 0, SEEK_CUR) == 0;
  is_file_ = S_ISREG(what.st_mode);
  if (is_file_ && from_its_start && !wait_)
    return map_file(static_cast<std::uint64_t>(what.st_size));
  return map_pipe();
}

std::string mapped_input::map_file(std::uint64_t size) {
  if (size == 0) return {};
  void* const got =
      ::mmap(nullptr, static_cast<std::size_t>(size), PROT_READ, MAP_PRIVATE, source_, 0);
  if (got == MAP_FAILED) return because("cannot map into memory");
  ::madvise(got, static_cast<std::size_t>(size), MADV_SEQUENTIAL);
  begin_ = static_cast<const char*>(got);
  known_ = mapped_ = static_cast<std::size_t>(size);
  return {};
}

// Pages behind the end of the temporary file are only addresses until it has grown to them; so one
// mapping does for all that will come, and nothing that was shown has to move.
std::string mapped_input::map_pipe() {
  spool_ = nameless_file();
  if (spool_ < 0) return because("no temporary file");
  for (const unsigned bits : {40U, 36U, 32U}) {
    const std::size_t size = std::size_t{1} << bits;
    void* const got = ::mmap(nullptr, size, PROT_READ, MAP_SHARED | MAP_NORESERVE, spool_, 0);
    if (got == MAP_FAILED) continue;
    begin_ = static_cast<const char*>(got);
    mapped_ = size;
    block_.resize(block_octets);
    return {};
  }
  return because("cannot map into memory");
}

bool mapped_input::read_until(std::uint64_t size) {
  while (known_ < size && !block_.empty()) {
    if (wait_ && !wait_(source_, false)) {
      block_.clear();
      break;
    }
    const ::ssize_t got = ::read(source_, block_.data(), block_.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) failure_ = because("cannot read");
    if (got == 0 && more_of_file()) continue;
    if (got <= 0 || !keep(block_.data(), static_cast<std::size_t>(got))) block_.clear();
  }
  return known_ >= size;
}

/// At the end of a file that is followed: waits. Returns: whether to read again.
bool mapped_input::more_of_file() {
  if (!wait_ || !is_file_) return false;
  struct stat what{};
  if (::fstat(source_, &what) == 0 && what.st_size < ::lseek(source_, 0, SEEK_CUR)) {
    failure_ = "was made shorter while it was followed";
    return false;
  }
  return wait_(source_, true);
}

bool mapped_input::keep(const char* data, std::size_t size) {
  if (size > mapped_ - known_) {
    failure_ = "more octets than can be mapped into memory";
    return false;
  }
  while (size > 0) {
    const ::ssize_t put = ::write(spool_, data, size);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) {
      failure_ = because("cannot keep what the pipe brings");
      return false;
    }
    data += put;
    size -= static_cast<std::size_t>(put);
    known_ += static_cast<std::size_t>(put);
  }
  return true;
}

}  // namespace halley::capture
