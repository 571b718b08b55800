#include "base/bytes.hpp"
#include "wire/http_decoder.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <new>
#include <utility>
#include <variant>
#include <vector>

namespace {

// How many octets were ever asked of the heap: counts copying, where a clock would measure the
// machine.
std::size_t octets_allocated = 0;

void* counted(std::size_t size) noexcept {
  octets_allocated += size;
  return std::malloc(size > 0 ? size : 1);
}

}  // namespace

void* operator new(std::size_t size) {
  void* const memory = counted(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  return counted(size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t /*size*/) noexcept {
  std::free(memory);
}
void operator delete(void* memory, const std::nothrow_t& /*tag*/) noexcept {
  std::free(memory);
}

namespace halley::wire {
namespace {

octets repeated(octet_view text, std::size_t size) {
  octets result;
  while (result.size() + text.size() <= size)
    result.append(text);
  return result;
}

TEST(http_decoder_cost, a_head_fed_octet_by_octet_copies_each_octet_a_bounded_number_of_times) {
  constexpr std::size_t size = 60000;
  const std::vector<std::pair<octet_view, octets>> shapes = {
      {"one long target", "GET /" + octets(size, 'a') + " HTTP/1.1\r\n\r\n"},
      {"one long value", "GET / HTTP/1.1\r\nA: " + octets(size, 'a') + "\r\n\r\n"},
      {"one value folded often",
       "GET / HTTP/1.1\r\nA: b\r\n" + repeated(" abcdefgh\r\n", size) + "\r\n"},
      {"many lines",
       "GET / HTTP/1.1\r\n" + repeated("Name: abcdefghijklmnopqrst\r\n", size) + "\r\n"},
      {"white space only", "GET / HTTP/1.1\r\n" + repeated(" \r\n", size) + "\r\n"},
  };
  for (const auto& [name, head] : shapes) {
    http_decoder decoder(http_role::request);
    std::vector<http_item> out;
    out.reserve(size);  // the caller's memory is not the decoder's
    const std::size_t before = octets_allocated;
    for (const char& c : head)
      decoder.feed({&c, 1}, out);
    const std::size_t cost = octets_allocated - before;
    ASSERT_TRUE(std::holds_alternative<message_end>(out.back().what)) << name;
    // Copying the pending head for each octet would cost some 30000 times its size.
    EXPECT_LT(cost, 24 * head.size()) << name;
  }
}

TEST(http_decoder_cost, a_body_is_passed_on_and_not_kept) {
  http_decoder decoder(http_role::request);
  std::vector<http_item> out;
  decoder.feed("PUT / HTTP/1.1\r\nContent-Length: 1000000000\r\n\r\n", out);
  const octets piece(1000, 'x');
  const std::size_t before = octets_allocated;
  for (int i = 0; i < 1000; ++i) {
    out.clear();
    decoder.feed(piece, out);
    ASSERT_EQ(out.size(), 1U);
  }
  EXPECT_LT(octets_allocated - before, 3000 * piece.size());
}

}  // namespace
}  // namespace halley::wire
