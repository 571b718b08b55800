#pragma once

#include "base/bytes.hpp"
#include "reference-server/options.hpp"
#include "reference-server/request.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace halley::gateway {

/// Takes a request's body off the front of what comes behind its head.
/// Source: RFC 9112 §6.3 (length), §7.1 (chunked).
class body_decoder {
public:
  enum class state { more, ended, broken };

  /// `how` outlives the decoder.
  body_decoder(const request& head, const options& how);

  /// Appends decoded octets to `into`. Returns: how many octets of `input` it took; none behind the
  /// end of the body. Errors: state `broken`, for good.
  /// Limits: a chunk line 4 KiB, the trailer section the head limit.
  std::size_t feed(octet_view input, octets& into);
  state at() const { return state_; }
  const std::vector<field>& trailers() const { return trailers_; }
  /// Octets that are certainly still to come.
  std::uint64_t announced() const { return remaining_; }

private:
  enum class expected { size, data, data_end, trailer };

  bool take_line(octet_view& input);
  void skip_data_end(octet_view& input);
  void end_of_line();
  void read_size();
  void read_trailer();
  void fail() { state_ = state::broken; }

  const options* how_;
  bool chunked_;
  state state_;
  expected next_;
  std::uint64_t remaining_;
  std::size_t chunks_ = 0;
  std::uint64_t last_size_ = 0;
  bool short_ = false;  // a mutant takes the last octet off this chunk
  std::size_t trailer_octets_ = 0;
  octets line_;
  std::vector<field> trailers_;
};

}  // namespace halley::gateway
