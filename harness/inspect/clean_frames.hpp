#pragma once

#include "base/bytes.hpp"
#include "wire/utf8.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace halley::inspect {

/// One direction of a WebSocket without extensions: takes only frames that break no rule of
/// RFC 6455 §5, §7.4 and §8.1, nor repeat the masking key before. Limits: messages of 16 MiB.
class clean_frames {
public:
  explicit clean_frames(bool from_client) : from_client_(from_client) {}

  /// Takes octets from the front of `data` up to the end of a text or binary message, whose length
  /// it gives, or else all of them. Returns: false where something is not clearly right.
  bool take(octet_view& data, std::optional<std::uint64_t>& message);

  /// Whether no frame is begun.
  bool at_border() const { return !in_payload_ && header_size_ == 0; }
  /// Whether all octets that came were judged: of a header that is not whole they are not.
  bool settled() const { return header_size_ == 0; }
  std::uint64_t frames() const { return frames_; }

private:
  using key = std::array<std::uint8_t, 4>;

  bool read_header(octet_view& data);
  bool begin_frame(octet_view header, std::size_t length_octets);
  bool take_payload(octet_view part);
  bool take_masked_text(octet_view part);
  bool end_frame(std::optional<std::uint64_t>& message);
  bool end_close() const;

  bool from_client_;
  bool in_payload_ = false;
  bool in_message_ = false;
  bool text_ = false;
  bool closed_ = false;
  bool fin_ = false;
  bool has_last_key_ = false;
  std::uint8_t code_ = 0;
  std::uint8_t header_size_ = 0;   ///< how many octets of a header that is not whole are kept
  std::uint8_t control_size_ = 0;  ///< how many octets of a Close body are kept
  key key_{};
  key last_key_{};
  std::uint64_t length_ = 0;
  std::uint64_t left_ = 0;
  std::uint64_t message_octets_ = 0;
  std::uint64_t frames_ = 0;
  wire::utf8_validator utf8_;
  std::array<char, 14> header_{};
  std::array<char, 125> control_{};
};

}  // namespace halley::inspect
