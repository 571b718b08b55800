#pragma once

// What tests read out of a page for browsers.

#include "base/hex.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <zlib.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace halley::reports::page {

inline std::size_t count(std::string_view text, std::string_view what) {
  std::size_t result = 0;
  for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1))
    ++result;
  return result;
}

/// What stands in the script element with that id.
inline nlohmann::json data_of(const std::string& page, const std::string& id) {
  const auto element = page.find("id=\"" + id + "\">");
  EXPECT_NE(element, std::string::npos) << id;
  const auto begin = page.find('>', element) + 1;
  const auto packed = from_base64(page.substr(begin, page.find('<', begin) - begin));
  EXPECT_TRUE(packed) << id;
  std::string text(std::size_t{8} << 20U, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, -MAX_WBITS), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed->data()));
  stream.avail_in = static_cast<uInt>(packed->size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return nlohmann::json::parse(text);
}

/// Octets that the script element with that id has.
inline std::size_t data_octets(const std::string& page, const std::string& id) {
  const auto begin = page.find('>', page.find("id=\"" + id + "\">")) + 1;
  return page.find('<', begin) - begin;
}

}  // namespace halley::reports::page
