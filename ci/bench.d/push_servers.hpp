#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace halley::bench {

/// How a topic is looked at.
enum class view { events, lines, poll, socket };

const char* name_of(view kind);

/// A push server in a process of its own, ended with this.
class served {
public:
  served(pid_t process, std::uint16_t listens_on) : port(listens_on), process_(process) {}
  served(const served&) = delete;
  served& operator=(const served&) = delete;
  virtual ~served();

  /// The request of a subscriber. A poll goes on behind the answer before, if there is one.
  virtual std::string subscribe_request(view kind, std::string_view last_answer) const = 0;
  virtual std::string publish_request(const std::string& event) const = 0;

  double resident_kib() const;
  double processor_seconds() const;

  const std::uint16_t port;

private:
  const pid_t process_;
};

bool is_installed(std::string_view server);
/// Starts "gateway" or "nchan". Returns: null where it does not come up.
std::unique_ptr<served> start(std::string_view server, std::size_t connections);

}  // namespace halley::bench
