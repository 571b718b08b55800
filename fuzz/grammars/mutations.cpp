#include "fuzz/grammars/mutations.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "fuzz/choices.hpp"
#include "fuzz/grammars/pick.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace halley::fuzz {
namespace {

using namespace std::string_view_literals;

constexpr std::uint32_t longest_span = 16;
constexpr std::uint32_t most_repeats = 32;
constexpr std::size_t most_spliced = 4096;

/// What stands for something to some parser.
constexpr auto telling = std::to_array<std::string_view>(
    {"\r",       "\n",   "\0"sv,     " ",  "\t", "\x7f", "\x80", "\xff", "0",    "9",   ":",
     ";",        ",",    "\"",       "\\", "%",  "/",    "?",    "#",    "[",    "]",   "\r\n",
     "\r\n\r\n", "\x0b", "\xc3\xa9", "=",  "-",  "+",    "\x01", "\x81", "\x88", "\x7e"});

struct span {
  std::size_t begin = 0;
  std::size_t size = 0;
};

span draw_span(choices& from, const octets& data, std::uint32_t longest) {
  const std::size_t begin = draw_position(from, data.size());
  return {begin, std::min<std::size_t>(1 + from.draw(longest), data.size() - begin)};
}

void flip(choices& from, octets& data, octet_view) {
  char& one = data[draw_position(from, data.size())];
  one = static_cast<char>(static_cast<unsigned char>(one) ^ (1U << from.draw(8)));
}

void overwrite(choices& from, octets& data, octet_view) {
  const std::size_t at = draw_position(from, data.size());
  const std::string_view with = pick(from, telling);
  data.replace(at, std::min(with.size(), data.size() - at), with);
}

void insert(choices& from, octets& data, octet_view) {
  const std::size_t at = draw_position(from, data.size() + 1);
  if (once_in(from, 2))
    data.insert(at, 1, static_cast<char>(from.draw(256)));
  else
    data.insert(at, pick(from, telling));
}

void erase(choices& from, octets& data, octet_view) {
  const span what = draw_span(from, data, longest_span);
  data.erase(what.begin, what.size);
}

void repeat(choices& from, octets& data, octet_view) {
  const span what = draw_span(from, data, longest_span);
  const octets copy = data.substr(what.begin, what.size);
  const std::uint32_t count = once_in(from, 4) ? 1 + from.draw(most_repeats) : 1;
  octets more;
  for (std::uint32_t i = 0; i < count; ++i)
    more += copy;
  data.insert(what.begin, more);
}

void move_span(choices& from, octets& data, octet_view) {
  const span what = draw_span(from, data, longest_span);
  const octets moved = data.substr(what.begin, what.size);
  data.erase(what.begin, what.size);
  data.insert(draw_position(from, data.size() + 1), moved);
}

void other_number(choices& from, octets& data, octet_view) {
  static constexpr auto numbers = std::to_array<std::string_view>({"0",
                                                                   "1",
                                                                   "-1",
                                                                   "00",
                                                                   "2",
                                                                   "127",
                                                                   "128",
                                                                   "255",
                                                                   "256",
                                                                   "65535",
                                                                   "65536",
                                                                   "2147483647",
                                                                   "2147483648",
                                                                   "4294967295",
                                                                   "4294967296",
                                                                   "9223372036854775807",
                                                                   "9223372036854775808",
                                                                   "18446744073709551615",
                                                                   "18446744073709551616",
                                                                   "99999999999999999999999",
                                                                   "0x10",
                                                                   "1e9",
                                                                   "+1",
                                                                   "",
                                                                   "a",
                                                                   "7fffffffffffffff",
                                                                   "ffffffffffffffff"});
  const auto start = data.begin() + static_cast<std::ptrdiff_t>(draw_position(from, data.size()));
  auto first = std::find_if(start, data.end(), ascii::is_digit);
  if (first == data.end()) first = std::find_if(data.begin(), data.end(), ascii::is_digit);
  const auto last = std::find_if_not(first, data.end(), ascii::is_digit);
  data.replace(first, last, pick(from, numbers));
}

void splice(choices& from, octets& data, octet_view other) {
  const std::size_t at = draw_position(from, data.size() + 1);
  const std::size_t begin = draw_position(from, other.size() + 1);
  const octet_view rest = other.substr(begin).substr(0, most_spliced);
  if (from.draw(2) == 0) data.resize(at);
  data.insert(at, rest);
}

/// The line that holds an octet, its end included.
span draw_line(choices& from, const octets& data) {
  const std::size_t at = draw_position(from, data.size());
  const std::size_t before = at == 0 ? octets::npos : data.rfind('\n', at - 1);
  const std::size_t begin = before == octets::npos ? 0 : before + 1;
  const std::size_t end = data.find('\n', at);
  return {begin, (end == octets::npos ? data.size() : end + 1) - begin};
}

void repeat_line(choices& from, octets& data, octet_view) {
  const span line = draw_line(from, data);
  data.insert(line.begin, octets(data, line.begin, line.size));
}

void erase_line(choices& from, octets& data, octet_view) {
  const span line = draw_line(from, data);
  data.erase(line.begin, line.size);
}

void move_line(choices& from, octets& data, octet_view) {
  const span line = draw_line(from, data);
  const octets moved = data.substr(line.begin, line.size);
  data.erase(line.begin, line.size);
  data.insert(data.empty() ? 0 : draw_line(from, data).begin, moved);
}

void insert_line(choices& from, octets& data, octet_view) {
  static constexpr auto lines =
      std::to_array<std::string_view>({"Content-Length: 5\r\n",
                                       "Transfer-Encoding: chunked\r\n",
                                       "Host: x\r\n",
                                       "\r\n",
                                       " folded\r\n",
                                       "Connection: close\r\n",
                                       "Upgrade: websocket\r\n",
                                       "Expect: 100-continue\r\n",
                                       "X : y\r\n",
                                       "0\r\n",
                                       "Content-Length: 0\r\n",
                                       "Transfer-Encoding: identity\r\n",
                                       "Sec-WebSocket-Version: 13\r\n",
                                       "Connection: Upgrade, keep-alive\r\n",
                                       "TE: trailers, chunked\r\n",
                                       "Range: bytes=0-0\r\n",
                                       "GET / HTTP/1.1\r\n",
                                       ":\r\n",
                                       "5\r\nhello\r\n",
                                       "Sec-WebSocket-Extensions: permessage-deflate\r\n"});
  data.insert(draw_line(from, data).begin, pick(from, lines));
}

void cut_line_end(choices& from, octets& data, octet_view) {
  static constexpr auto ends =
      std::to_array<std::string_view>({"", "\n", "\r", "\r\r\n", "\n\r", "\r\n "});
  const span line = draw_line(from, data);
  std::size_t kept = line.begin + line.size;
  while (kept > line.begin && (data[kept - 1] == '\n' || data[kept - 1] == '\r'))
    --kept;
  data.replace(kept, line.begin + line.size - kept, pick(from, ends));
}

void change_case(choices& from, octets& data, octet_view) {
  const span what = draw_span(from, data, longest_span);
  for (std::size_t i = what.begin; i < what.begin + what.size; ++i) {
    const bool letter = ascii::to_lower(data[i]) >= 'a' && ascii::to_lower(data[i]) <= 'z';
    if (letter) data[i] = static_cast<char>(static_cast<unsigned char>(data[i]) ^ 0x20U);
  }
}

using mutation = void (*)(choices& from, octets& data, octet_view other);

constexpr auto mutations = std::to_array<mutation>(
    {flip, overwrite, insert, erase, repeat, other_number, splice, repeat_line, erase_line,
     insert_line, cut_line_end, move_span, move_line, change_case, overwrite, insert});

}  // namespace

void mutate(choices& from, octets& data, octet_view other) {
  const mutation how = mutations.at(from.draw(mutations.size()));
  if (!data.empty()) how(from, data, other);
}

}  // namespace halley::fuzz
