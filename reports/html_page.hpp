#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace halley::reports {

/// A page for browsers: one file that asks the network for nothing and runs no script but its own
/// (Content-Security-Policy with hashes). Its data is JSON as raw deflate (RFC 1951) in base64.
/// Octets of a peer cannot become markup: the page makes text nodes only, and what stands in the
/// file itself is base64 or escaped.
struct html_page {
  std::string title;        ///< any text
  std::string summary;      ///< any text, read while the data is, and without scripts
  std::string tables;       ///< markup, read without scripts
  std::string rest;         ///< what holds what is not shown without scripts: "run.json"
  std::string_view style;   ///< its own, of viewer_files.hpp
  std::string_view script;  ///< its own, of viewer_files.hpp
  std::string data;         ///< packed
  std::string blocks;       ///< elements of data_block
};

std::string page_text(const html_page& page);

/// JSON in the form in which a page holds it; base64.
std::string packed(const nlohmann::ordered_json& what);
/// The same of JSON that is text already.
std::string packed_text(std::string_view json);

/// The element with data that is inflated only when it is looked at.
std::string data_block(std::size_t number, std::string_view packed_data);

/// Octets that `what` takes in a page, or a bound of them where it is small.
std::size_t packed_size(const nlohmann::ordered_json& what);

/// Cuts the texts, lists and objects of a document that a peer may have made long: texts to 4 KiB,
/// what stands inside of the document's lists to 1000 members, and ten levels.
void bound(nlohmann::ordered_json& document);

/// Octets of a peer as text of the page's markup.
std::string markup_text(std::string_view text);

}  // namespace halley::reports
