#include "reference-server/client/mask_changer.hpp"

#include "base/bytes.hpp"
#include "reference-server/client/client_options.hpp"

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace halley::gateway {
namespace {

constexpr std::size_t key_size = 4;

char combine(char a, char b) {
  return static_cast<char>(static_cast<std::uint8_t>(a) ^ static_cast<std::uint8_t>(b));
}

}  // namespace

mask_changer::mask_changer(key_source fresh, const client_options& how)
    : fresh_(std::move(fresh)),
      unmasked_(how.mutant("client-unmasked")),
      zero_(how.mutant("client-mask-zero")),
      repeats_(how.mutant("client-mask-repeated")) {
}

octets mask_changer::changed(octet_view output) {
  octets result;
  while (!output.empty()) {
    octet_view payload;
    auto header = cursor_.take(output, payload);
    if (header) {
      in_header_ = false;
      left_ = header->length;
      at_ = 0;
      result += with_fresh_key(std::move(header->octets_of));
      continue;
    }
    in_header_ = payload.empty();
    left_ -= payload.size();
    for (const char one : payload)
      result += combine(one, change_[at_++ % key_size]);
  }
  return result;
}

octets mask_changer::with_fresh_key(octets header) {
  assert((octet_at(header, 1) & 0x80U) != 0);
  const octets old = header.substr(header.size() - key_size);
  octets key(key_size, '\0');
  if (!unmasked_ && !zero_) key = fresh_();
  if (first_key_.empty()) first_key_ = key;
  if (repeats_) key = first_key_;
  change_.resize(key_size);
  for (std::size_t i = 0; i < key_size; ++i)
    change_[i] = combine(old[i], key[i]);
  header.resize(header.size() - key_size);
  if (!unmasked_) return header + key;
  header[1] = static_cast<char>(octet_at(header, 1) & 0x7FU);
  return header;
}

}  // namespace halley::gateway
