#pragma once

#include "base/bytes.hpp"
#include "reference-server/client/client_options.hpp"
#include "reference-server/frame_cursor.hpp"

#include <cstdint>
#include <functional>

namespace halley::gateway {

/// Gives the masked frames of one direction other masking keys. Beast draws its keys from the
/// system; with these a run follows from its seed. Source: RFC 6455 §5.3, §10.3.
class mask_changer {
public:
  using key_source = std::function<octets()>;  // four octets, never the same ones by plan

  mask_changer(key_source fresh, const client_options& how);

  /// Takes octets as Beast wrote them. Returns: those that go out.
  octets changed(octet_view output);
  /// Whether what was taken ends where a frame ends.
  bool between_frames() const { return !in_header_ && left_ == 0; }

private:
  octets with_fresh_key(octets header);

  key_source fresh_;
  bool unmasked_;
  bool zero_;
  bool repeats_;
  frame_cursor cursor_;
  octets change_;  // from the old key to the new one
  std::uint64_t at_ = 0;
  std::uint64_t left_ = 0;  // octets of the payload under way
  octets first_key_;
  bool in_header_ = false;
};

}  // namespace halley::gateway
