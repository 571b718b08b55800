#pragma once

#include "clock/clock.hpp"
#include "simulation/tcp_model.hpp"
#include "simulation/world.hpp"
#include "transport/path.hpp"
#include "transport/transport.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::simulation {

class accept_queue;

/// The network between hosts. A host is a name; every address of 127.0.0.0/8 and ::1 is there for
/// each, as on one machine, and belongs to whoever listens on it. What a connection meets is
/// decided when it is begun: by the first rule that names it, else by the usual link.
class network {
public:
  /// Both directions, seen from whoever connects.
  struct link {
    transport::path up;
    transport::path down;
    buffers kept;  ///< of whoever connects; who listens has the default

    bool operator==(const link&) const = default;
  };

  explicit network(world& of) : world_(of) {}
  network(const network&) = delete;
  network& operator=(const network&) = delete;

  world& of() { return world_; }

  /// As of the world; connections are counted from one again.
  void begin_chapter(std::string_view name) {
    world_.begin_chapter(name);
    attempts_ = 0;
  }

  /// For connections that are begun from now on.
  void set_usual(const link& usual) { usual_ = usual; }
  void set_rules(std::vector<transport::rule> rules) { rules_ = std::move(rules); }

  /// Nothing passes between two hosts, either way; octets wait and are sent again, attempts to
  /// connect too.
  void part(const std::string& one, const std::string& other) { set_parted(one, other, true); }
  void heal(const std::string& one, const std::string& other) { set_parted(one, other, false); }

  // For simulated_runtime.
  std::unique_ptr<transport::listener> listen(const std::string& host,
                                              const transport::endpoint& where,
                                              std::size_t backlog,
                                              error_code& failed);
  void connect(const std::string& host,
               const transport::endpoint& where,
               completion<error_code, std::unique_ptr<transport::transport>> handler);

private:
  friend class accept_queue;
  class attempt;
  using key = std::pair<std::string, std::uint16_t>;

  void set_parted(const std::string& one, const std::string& other, bool parted);
  std::shared_ptr<bool> parted(const std::string& from, const std::string& to);
  std::shared_ptr<accept_queue> find(const transport::endpoint& where) const;
  link link_of(std::uint64_t number, transport::rule::kind& what) const;
  std::uint16_t free_port(const std::string& address);

  world& world_;
  link usual_;
  std::vector<transport::rule> rules_;
  std::map<key, std::weak_ptr<accept_queue>> listening_;
  // One entry a direction; connections share theirs, and may outlive the network.
  std::map<std::pair<std::string, std::string>, std::shared_ptr<bool>> parted_;
  std::uint64_t attempts_ = 0;
  std::uint16_t next_port_ = 0;
};

}  // namespace halley::simulation
