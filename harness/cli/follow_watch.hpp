#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace halley::cli {

/// Waits for more of a capture that is being written, until SIGINT or SIGTERM. From its making on
/// these two signals do nothing else. A file is watched (inotify) and looked at once a second, as
/// not every file system tells; a pipe is polled.
class follow_watch {
public:
  /// `idle`: called when nothing is there to be read, at most five times a second. `path`: of the
  /// file; "-" is the standard input.
  follow_watch(const std::string& path, std::function<void()> idle);
  ~follow_watch();
  follow_watch(const follow_watch&) = delete;
  follow_watch& operator=(const follow_watch&) = delete;

  /// As capture::more_awaited.
  bool wait(int source, bool at_end);
  /// Whether a signal ended it.
  bool stopped() const { return stopped_; }

private:
  bool look(int source, std::chrono::milliseconds at_most);

  std::function<void()> idle_;
  int signals_ = -1;
  int changes_ = -1;
  bool stopped_ = false;
  std::chrono::steady_clock::time_point next_idle_;
};

}  // namespace halley::cli
