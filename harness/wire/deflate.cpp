#include "wire/deflate.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "wire/websocket_extension.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <utility>

namespace halley::wire {
namespace {

/// What a sync flush ends with and the sender takes away. Source: RFC 7692 §7.2.1.
constexpr octet_view tail("\x00\x00\xFF\xFF", 4);
constexpr std::size_t buffer_octets = std::size_t{16} * 1024;
constexpr int largest_window_bits = 15;

/// 8–15, decimal, no leading zero. Source: RFC 7692 §7.1.2.1, §7.1.2.2.
std::optional<int> parse_window_bits(const octets& value) {
  if (value == "8" || value == "9") return value.front() - '0';
  if (value.size() == 2 && value[0] == '1' && value[1] >= '0' && value[1] <= '5')
    return 10 + (value[1] - '0');
  return std::nullopt;
}

/// Takes one parameter over into `to`. Returns: false where it is unknown or its value is not
/// allowed.
bool apply_parameter(const extension_parameter& parameter, deflate_parameters& to) {
  const auto set_flag = [&](bool& flag) {
    flag = true;
    return !parameter.value;
  };
  const auto set_bits = [&](int& bits) {
    const auto read = parameter.value ? parse_window_bits(*parameter.value) : std::nullopt;
    bits = read.value_or(largest_window_bits);
    return read.has_value();
  };
  if (parameter.name == "server_no_context_takeover")
    return set_flag(to.server_no_context_takeover);
  if (parameter.name == "client_no_context_takeover")
    return set_flag(to.client_no_context_takeover);
  if (parameter.name == "server_max_window_bits") return set_bits(to.server_max_window_bits);
  // Only an offer may leave the value out: "I could go along with a smaller window." RFC 7692
  // §7.1.2.2.
  if (parameter.name == "client_max_window_bits")
    return !parameter.value || set_bits(to.client_max_window_bits);
  return false;
}

/// Makes the next part of `input` what zlib reads, and takes it off `input`: its counters have 32
/// bits.
void hand_over(z_stream& stream, octet_view& input) {
  constexpr std::size_t largest_part = 1U << 30U;
  const octet_view part = input.substr(0, largest_part);
  // zlib reads through pointers to non-const, but does not write there.
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(part.data()));
  stream.avail_in = static_cast<uInt>(part.size());
  input.remove_prefix(part.size());
}

/// Appends without the doubling of std::string, which could go beyond `limit`.
void append_within(octets& out, octet_view piece, std::size_t limit) {
  const std::size_t size = out.size() + piece.size();
  if (size > out.capacity()) {
    octets larger;
    larger.reserve(std::max(size, std::min(2 * out.capacity(), limit)));
    larger += out;
    out = std::move(larger);
  }
  out += piece;
}

}  // namespace

bool is_deflate(const extension& element) {
  return ascii::iequals(element.name, "permessage-deflate");
}

std::optional<deflate_parameters> parse_deflate(octet_view extension) {
  const auto element = parse_extension(extension);
  return element ? parse_deflate_parameters(*element) : std::nullopt;
}

std::optional<deflate_parameters> parse_deflate_parameters(const extension& element) {
  if (!is_deflate(element)) return std::nullopt;
  deflate_parameters result;
  for (const extension_parameter& parameter : element.parameters) {
    if (element.find(parameter.name) != &parameter) return std::nullopt;  // repeated
    if (!apply_parameter(parameter, result)) return std::nullopt;
  }
  return result;
}

struct inflater::state {
  explicit state(bool forgets) : no_context_takeover(forgets) {
    // Always the largest window. zlib checks a distance against its window only as far as the
    // history is no longer in the output buffer, so that with a smaller one the result would depend
    // on how the input is cut.
    if (inflateInit2(&stream, -largest_window_bits) != Z_OK) throw std::bad_alloc();
  }
  ~state() { inflateEnd(&stream); }
  state(const state&) = delete;
  state& operator=(const state&) = delete;
  state(state&&) = delete;
  state& operator=(state&&) = delete;

  outcome run(octet_view input, std::size_t limit, octets& out);
  bool at_border() const;

  z_stream stream{};
  bool no_context_takeover;
  bool after_final_block = false;
  bool broken = false;
  std::array<char, buffer_octets> buffer{};
};

inflater::outcome inflater::state::run(octet_view input, std::size_t limit, octets& out) {
  stream.avail_in = 0;
  bool more = !input.empty();
  while (more) {
    if (stream.avail_in == 0) hand_over(stream, input);
    if (after_final_block) {
      // RFC 7692 §7.2.3.4: a block with BFINAL does not end the message, the next block begins at
      // the next octet and may refer to what came before. inflateReset would forget the window, and
      // copying it out and in again would cost 64 KiB of work for a final block of two octets.
      inflateResetKeep(&stream);
      after_final_block = false;
    }
    // One octet more than allowed, to know whether there is more.
    const std::size_t left = limit - std::min(limit, out.size());
    const std::size_t room = left < buffer.size() ? left + 1 : buffer.size();
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = static_cast<uInt>(room);
    const int result = ::inflate(&stream, Z_SYNC_FLUSH);
    const std::size_t made = room - stream.avail_out;
    const std::size_t kept = out.size() + made > limit ? made - 1 : made;
    append_within(out, octet_view(buffer.data(), kept), limit);
    if (kept < made) return outcome::too_large;
    if (result == Z_MEM_ERROR) throw std::bad_alloc();
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) return outcome::bad_data;
    after_final_block = result == Z_STREAM_END;
    // A full buffer may leave output in zlib even when all input is used.
    more = stream.avail_in > 0 || !input.empty() || (stream.avail_out == 0 && !after_final_block);
  }
  return outcome::ok;
}

/// Whether the input ends where a block ended, on an octet border. zlib tells in data_type: 128
/// directly behind a block, and the number of unused bits.
bool inflater::state::at_border() const {
  return after_final_block || ((stream.data_type & 128) != 0 && (stream.data_type & 63) == 0);
}

inflater::inflater([[maybe_unused]] int window_bits, bool no_context_takeover)
    : state_(std::make_unique<state>(no_context_takeover)) {
  assert(window_bits >= 8 && window_bits <= largest_window_bits);
}
inflater::~inflater() = default;
inflater::inflater(inflater&&) noexcept = default;
inflater& inflater::operator=(inflater&&) noexcept = default;

inflater::outcome inflater::inflate(octet_view input, bool last, std::size_t limit, octets& out) {
  if (state_->broken) return outcome::bad_data;
  outcome result = state_->run(input, limit, out);
  if (result == outcome::ok && last) {
    result = state_->run(tail, limit, out);
    // A message that stops inside a block swallows the tail as if it were data. RFC 7692 §7.2.1.
    if (result == outcome::ok && !state_->at_border()) result = outcome::bad_data;
    if (result == outcome::ok && state_->no_context_takeover) {
      inflateReset(&state_->stream);
      state_->after_final_block = false;
    }
  }
  state_->broken = result != outcome::ok;
  return result;
}

struct deflater::state {
  state(int window_bits, bool forgets) : no_context_takeover(forgets) {
    // zlib has no raw deflate with a window of 256 octets. With one of 512 its distances stay below
    // 512 - 262, which a window of 256 holds.
    constexpr int smallest_of_zlib = 9;
    constexpr int memory_level = 8;
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
                     -std::max(window_bits, smallest_of_zlib), memory_level,
                     Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc();
  }
  ~state() { deflateEnd(&stream); }
  state(const state&) = delete;
  state& operator=(const state&) = delete;
  state(state&&) = delete;
  state& operator=(state&&) = delete;

  z_stream stream{};
  bool no_context_takeover;
  std::array<char, buffer_octets> buffer{};
};

deflater::deflater(int window_bits, bool no_context_takeover)
    : state_(std::make_unique<state>(window_bits, no_context_takeover)) {
  assert(window_bits >= 8 && window_bits <= largest_window_bits);
}
deflater::~deflater() = default;
deflater::deflater(deflater&&) noexcept = default;
deflater& deflater::operator=(deflater&&) noexcept = default;

octets deflater::deflate(octet_view message) {
  // zlib makes nothing of a flush without input; one octet 0 then stands for an empty stored block.
  // Source: RFC 7692 §7.2.3.6.
  if (message.empty()) return octets(1, '\0');
  z_stream& stream = state_->stream;
  octets out;
  do {
    if (stream.avail_in == 0) hand_over(stream, message);
    stream.next_out = reinterpret_cast<Bytef*>(state_->buffer.data());
    stream.avail_out = static_cast<uInt>(state_->buffer.size());
    ::deflate(&stream, message.empty() ? Z_SYNC_FLUSH : Z_NO_FLUSH);
    out.append(state_->buffer.data(), state_->buffer.size() - stream.avail_out);
  } while (stream.avail_in > 0 || !message.empty() || stream.avail_out == 0);
  assert(out.ends_with(tail));
  out.resize(out.size() - tail.size());
  if (state_->no_context_takeover) deflateReset(&stream);
  return out;
}

}  // namespace halley::wire
