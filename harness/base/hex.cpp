#include "base/hex.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace halley {

std::string to_hex(octet_view data) {
  constexpr const char* digits = "0123456789abcdef";
  std::string result(data.size() * 2, '\0');
  char* to = result.data();  // every octet of a log goes through here
  for (const char c : data) {
    const auto octet = static_cast<std::uint8_t>(c);
    *to++ = digits[octet >> 4U];
    *to++ = digits[octet & 0x0FU];
  }
  return result;
}

std::string to_spaced_hex(octet_view data, std::size_t limit) {
  std::string result;
  for (std::size_t i = 0; i < std::min(limit, data.size()); ++i) {
    if (i != 0) result += ' ';
    result += to_hex(data.substr(i, 1));
  }
  if (data.size() > limit) result += " …";
  return result;
}

std::optional<octets> from_hex(octet_view text) {
  octets result;
  int high = -1;
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') continue;
    const int digit = ascii::hex_digit(c);
    if (digit < 0) return std::nullopt;
    if (high < 0) {
      high = digit;
    } else {
      result += static_cast<char>(high * 16 + digit);
      high = -1;
    }
  }
  if (high >= 0) return std::nullopt;
  return result;
}

std::string to_base64(octet_view data) {
  std::string result(((data.size() + 2) / 3) * 4 + 1, '\0');  // OpenSSL also writes a NUL
  const int written = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(result.data()),
                                      reinterpret_cast<const unsigned char*>(data.data()),
                                      static_cast<int>(data.size()));
  result.resize(static_cast<std::size_t>(written));
  return result;
}

std::optional<octets> from_base64(octet_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  if (text.empty()) return octets{};
  octets result(text.size() / 4 * 3, '\0');
  const int written = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(result.data()),
                                      reinterpret_cast<const unsigned char*>(text.data()),
                                      static_cast<int>(text.size()));
  if (written < 0) return std::nullopt;
  std::size_t size = result.size();
  if (text.ends_with("==")) {
    size -= 2;
  } else if (text.ends_with("=")) {
    size -= 1;
  }
  result.resize(size);
  // OpenSSL forgives white space, inner padding and stray bits; the round trip does not.
  if (to_base64(result) != text) return std::nullopt;
  return result;
}

}  // namespace halley
