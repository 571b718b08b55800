#pragma once

#include "fuzz/choices.hpp"
#include "fuzz/scenario_writer.hpp"
#include "fuzz/scenes/scene.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::fuzz {

/// A client's connection, and what it is there for.
struct open_line {
  actor_of who;
  std::string contract;
};

/// Writes a scene cue by cue.
class scene_draft {
public:
  explicit scene_draft(choices& from) : from_(from) {}

  /// A cue begins.
  void begin(std::string name);
  void lasts(std::chrono::milliseconds length) { made_.cues.back().length = length; }
  /// A client's new connection.
  actor_of open(const std::string& contract);
  /// The origin takes the next connection.
  actor_of accept();
  /// `what` may hold ${…}.
  void say(const actor_of& who, std::string what);
  void say(const actor_of& who, value what, std::uint32_t segment = 0);
  void close(const actor_of& who, const std::string& how);
  /// Waits for the response to what was said, and keeps its cookie as ${cookie}.
  void keep_cookie(const actor_of& who);
  void hook(const std::string& name, std::vector<std::pair<std::string, value>> arguments = {});

  /// A cue in which the counters of the server are asked for: what is left behind shows there.
  void ask_status();
  /// A cue in which time passes.
  void wait();
  /// Leaves one of `lines` in one of the ways that there are.
  void leave(std::vector<open_line>& lines);

  std::vector<open_line>& lines() { return lines_; }
  choices& from() { return from_; }
  bool is_full() const;
  scene take() { return std::move(made_); }
  void add_origin() { made_.proxied = true; }

private:
  choices& from_;
  scene made_;
  std::vector<open_line> lines_;
  int opened_ = 0;
  int accepted_ = 0;
};

using words = std::string_view;

/// One of `among`, the first the simplest.
template <std::size_t Count>
std::string one_of(choices& from, const std::array<words, Count>& among) {
  return std::string(among.at(from.draw(Count)));
}

/// A head for the endpoint of `contract`: `more` behind its path, `fields` whole lines.
std::string head_for(const std::string& method,
                     const std::string& contract,
                     const std::string& more,
                     const std::string& fields,
                     const std::string& version = "HTTP/1.1");

/// A query behind a path that may have one already: "?a=b", or "&a=b".
std::string query_of(const std::string& contract, const std::string& what);

/// An opening handshake as a head's fields, with `more` lines.
std::string handshake_fields(const std::string& more,
                             const std::string& key = "dGhlIHNhbXBsZSBub25jZQ==");

/// A client's frame as octets of a file.
value frame_value(std::uint8_t first_octet, const std::string& payload);

}  // namespace halley::fuzz
