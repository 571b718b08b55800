#include "reports/html_page.hpp"

#include "base/bytes.hpp"
#include "base/cut_text.hpp"
#include "base/hex.hpp"
#include "base/printable.hpp"
#include "reports/text_safety.hpp"
#include "reports/viewer_files.hpp"

#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <zlib.h>

#include <array>
#include <cassert>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace halley::reports {
namespace {

using nlohmann::ordered_json;

octets deflated(std::string_view text) {
  z_stream stream{};
  constexpr int raw = -MAX_WBITS;
  constexpr int usual_memory = 8;
  deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, raw, usual_memory, Z_DEFAULT_STRATEGY);
  octets out(deflateBound(&stream, text.size()), '\0');
  // zlib takes what it only reads without const.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  [[maybe_unused]] const int ended = deflate(&stream, Z_FINISH);
  assert(ended == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string dumped(const ordered_json& what) {
  return what.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

/// The source expression of a Content-Security-Policy that allows this text and no other.
std::string hash_of(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha256(), nullptr);
  return "sha256-" + to_base64({reinterpret_cast<const char*>(digest.data()), length});
}

/// `page` with the parts in the places of their @NAMES@; nothing inside a part is one.
std::string filled_in(std::string_view page, const std::map<std::string_view, std::string>& parts) {
  std::string result;
  while (!page.empty()) {
    const auto begin = page.find('@');
    const auto end = begin == std::string_view::npos ? begin : page.find('@', begin + 1);
    result += page.substr(0, begin);
    if (end == std::string_view::npos) break;
    const auto part = parts.find(page.substr(begin + 1, end - begin - 1));
    assert(part != parts.end());
    result += part->second;
    page.remove_prefix(end + 1);
  }
  return result;
}

/// Octets of one text, and members of one list or object inside a result. What is longer than a
/// reader looks at is elsewhere.
constexpr std::size_t text_limit = 4096;
constexpr std::size_t member_limit = 1000;
constexpr std::size_t depth_limit = 10;

/// Bounds everything that stands in `value`, `depth` levels inside of the document.
void bound_at(ordered_json& value, std::size_t depth) {
  constexpr std::size_t first_bounded = 3;  // lists of results and connections are long
  if (auto* const text = value.get_ptr<std::string*>()) {
    cut_text(*text, text_limit);
  } else if (value.is_structured() && depth > depth_limit) {
    value = nullptr;
  } else if (value.is_array()) {
    auto& list = value.get_ref<ordered_json::array_t&>();
    if (depth >= first_bounded && list.size() > member_limit) list.resize(member_limit);
    for (auto& one : list)
      bound_at(one, depth + 1);
  } else if (value.is_object()) {
    ordered_json kept = ordered_json::object();
    for (auto& [name, member] : value.items()) {
      if (kept.size() == member_limit) break;
      auto key = name;
      cut_text(key, text_limit / 16);
      bound_at(member, depth + 1);
      kept[key] = std::move(member);
    }
    value = std::move(kept);
  }
}

}  // namespace

std::string page_text(const html_page& page) {
  const std::string style = std::string(shared_style) + std::string(page.style);
  const std::string script = std::string(shared_script) + std::string(page.script);
  return filled_in(viewer_page, {{"TITLE", xml_text(page.title)},
                                 {"SCRIPT_HASH", hash_of(script)},
                                 {"STYLE_HASH", hash_of(style)},
                                 {"STYLE", style},
                                 {"SCRIPT", script},
                                 {"SUMMARY", xml_text(page.summary)},
                                 {"TABLES", page.tables},
                                 {"REST", xml_text(page.rest)},
                                 {"DATA", page.data},
                                 {"BLOCKS", page.blocks}});
}

std::string packed(const ordered_json& what) {
  return packed_text(dumped(what));
}

std::string packed_text(std::string_view json) {
  return to_base64(deflated(json));
}

std::string data_block(std::size_t number, std::string_view packed_data) {
  std::string text =
      R"(<script type="application/octet-stream" id="block-)" + std::to_string(number) + "\">";
  text += packed_data;
  return text + "</script>\n";
}

std::size_t packed_size(const ordered_json& what) {
  constexpr std::size_t small = 500'000;
  const auto text = dumped(what);
  return text.size() < small ? 2 * text.size() : packed_text(text).size();
}

void bound(ordered_json& document) {
  bound_at(document, 0);
}

std::string markup_text(std::string_view text) {
  constexpr std::size_t shown = 200;
  return xml_text(printable(text, shown));
}

}  // namespace halley::reports
