#include "fuzz/grammars/request_draft.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "fuzz/live/exchange.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::fuzz {
namespace {

octets written(std::size_t number, int base) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, base);
  return {digits.data(), end.ptr};
}

}  // namespace

request_draft request_draft::to(const place& at) {
  request_draft draft;
  draft.target = at.path.empty() ? "/" : at.path;
  draft.fields.reserve(8);
  draft.add("Host", at.authority);
  return draft;
}

field_draft* request_draft::find(std::string_view name) {
  const auto found = std::ranges::find_if(
      fields, [&](const field_draft& one) { return ascii::iequals(one.name, name); });
  return found == fields.end() ? nullptr : &*found;
}

void request_draft::add(std::string_view name, std::string_view value) {
  fields.push_back({.name = octets(name), .value = octets(value)});
}

void request_draft::set(std::string_view name, std::string_view value) {
  if (field_draft* there = find(name))
    there->value = value;
  else
    add(name, value);
}

void request_draft::drop(std::string_view name) {
  std::erase_if(fields, [&](const field_draft& one) { return ascii::iequals(one.name, name); });
}

void request_draft::give_length(octets content) {
  drop("Transfer-Encoding");
  chunked = false;
  set("Content-Length", written(content.size(), 10));
  body = std::move(content);
}

void request_draft::make_chunked() {
  drop("Content-Length");
  body.clear();
  set("Transfer-Encoding", "chunked");
  chunked = true;
}

void request_draft::add_chunk(octet_view data, std::string_view extension) {
  chunks.push_back({.size_line = written(data.size(), 16), .data = octets(data)});
  chunks.back().size_line += extension;
}

void request_draft::append_head(octets& to) const {
  to += before;
  to += method;
  to += first_space;
  to += target;
  to += second_space;
  to += version;
  to += line_end;
  to += behind_start_line;
  for (const field_draft& one : fields) {
    to += one.name;
    to += one.colon;
    to += one.value;
    to += one.end;
  }
  to += head_end;
}

void request_draft::append_body(octets& to) const {
  if (!chunked) {
    to += body;
    to += behind;
    return;
  }
  for (const chunk_draft& one : chunks) {
    to += one.size_line;
    to += one.line_end;
    to += one.data;
    to += one.data_end;
  }
  to += last_chunk;
  to += trailers;
  to += trailers_end;
  to += behind;
}

}  // namespace halley::fuzz
