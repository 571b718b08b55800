#pragma once

#include "base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace halley::gateway {

/// Names a stream from its BEGIN to its terminal event. Slots are used again, generations are not:
/// a handle that outlived its stream names nobody.
struct comet_handle {
  std::size_t slot = 0;
  std::uint64_t generation = 0;

  bool operator==(const comet_handle&) const = default;
};

/// "SLOT.GENERATION"
octets to_text(const comet_handle& of);
std::optional<comet_handle> parse_handle(octet_view text);

/// What others ask of a stream. Its own coroutine does it, so that writers never mix on the wire.
struct comet_mailbox {
  octets key;
  std::function<void()> ring;    // says that something was asked
  octets outbox;                 // to be written
  std::optional<octets> ending;  // the subtype that END is to have
};

/// The streams between BEGIN and their terminal event. Thread safety: one thread, the gateway's.
class comet_streams {
public:
  /// `box` outlives the handle's close().
  comet_handle open(comet_mailbox& box);
  void close(const comet_handle& which);

  /// Has `data` written to a stream. Returns: false where that one is over or ending, or where so
  /// much waits already that `limit` would be passed; nothing is written then.
  bool write(const comet_handle& to, octet_view data, std::size_t limit);
  /// Has the streams of `key` end; how many they are.
  std::size_t end_all(octet_view key, octet_view subtype);
  /// The fault of a mutant: the key is not looked at.
  std::size_t end_every(octet_view subtype);

  /// The fault of a mutant: a handle is no more than its slot.
  void forget_generations() { by_slot_alone_ = true; }

private:
  static bool end(comet_mailbox* box, octet_view subtype);

  struct slot {
    comet_mailbox* box = nullptr;
    std::uint64_t generation = 0;
  };

  std::vector<slot> slots_;
  std::vector<std::size_t> free_;  // the one that was freed last is used first
  bool by_slot_alone_ = false;
};

}  // namespace halley::gateway
