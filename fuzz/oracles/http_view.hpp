#pragma once

#include "base/bytes.hpp"
#include "fuzz/live/record.hpp"
#include "trace/event.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_message.hpp"
#include "wire/wire_error.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace halley::fuzz {

/// A message of the record. Lifetime: points into the record.
struct seen_message {
  const trace::event* shown = nullptr;  ///< the head's event
  std::size_t at = 0;                   ///< index of the head's event
  std::size_t last = 0;                 ///< index of its last event so far
  std::uint64_t end = 0;                ///< stream offset behind it, where it ended
  bool ended = false;
  bool complete = false;
};

struct seen_request : seen_message {
  const wire::request_head* head = nullptr;
  std::vector<wire::wire_error> faults;       ///< of the head, and in front of it
  std::vector<wire::wire_error> body_faults;  ///< but for being cut short
  /// Whether all before it was faultless, so that nobody can mistake where it begins.
  bool certain = false;

  bool clean() const { return faults.empty() && body_faults.empty(); }
};

struct seen_response : seen_message {
  const wire::response_head* head = nullptr;

  bool positive() const { return head->status >= 200 && head->status < 400; }
};

/// The requests of a record and the final responses to them, 101 among these.
struct http_view {
  explicit http_view(const record& seen);

  std::vector<seen_request> requests;
  std::vector<seen_response> answers;
  /// How many of `answers` belong to the request of the same index: none behind a response that
  /// came before its request, or whose octets broke rules.
  std::size_t matched = 0;
  bool faultless = true;       ///< whether all octets that were sent are requests without a fault
  bool unfinished = false;     ///< whether they end inside a head
  bool got_interim = false;    ///< whether a 1xx came
  std::uint64_t sent = 0;      ///< octets
  std::uint64_t received = 0;  ///< octets
  std::size_t we_ended = 0;    ///< index of our FIN or RST; events.size() where there is none

  /// The answer to requests[index]. Null where it has none, or it is not certain which.
  const seen_response* answer_to(std::size_t index) const;
  octets body_of(const seen_message& message, const record& seen) const;
};

}  // namespace halley::fuzz
