#include "draft/endpoint_names.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace halley::draft {
namespace {

constexpr octet_view key_expression = "${key}";

bool is_key_octet(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

struct fitting {
  octets rest;  ///< behind the path: nothing, or a query
  std::optional<octets> key;
};

/// Holds `target` against a path.
std::optional<fitting> fit(octet_view path, octet_view target) {
  fitting result;
  const std::size_t at = path.find(key_expression);
  if (at == octet_view::npos) {
    if (!target.starts_with(path)) return std::nullopt;
    result.rest = target.substr(path.size());
  } else {
    if (!target.starts_with(path.substr(0, at))) return std::nullopt;
    target.remove_prefix(at);
    const auto end = std::ranges::find_if_not(target, is_key_octet);
    result.key = octets(target.begin(), end);
    target.remove_prefix(result.key->size());
    const octet_view behind = path.substr(at + key_expression.size());
    if (result.key->empty() || !target.starts_with(behind)) return std::nullopt;
    result.rest = target.substr(behind.size());
  }
  const bool has_query = path.find('?') != octet_view::npos;
  if (result.rest.empty() || (!has_query && result.rest.front() == '?')) return result;
  return std::nullopt;
}

}  // namespace

named_target endpoint_names::find(const std::string& family, octet_view target) {
  const endpoint_name* best = nullptr;
  std::optional<fitting> how;
  for (const endpoint_name& one : known_) {
    if (!one.name.starts_with(family + ".")) continue;
    if (best != nullptr && best->path.size() >= one.path.size()) continue;
    auto fits = fit(one.path, target);
    if (!fits || (fits->key && key_ && *fits->key != *key_)) continue;
    best = &one;
    how = std::move(fits);
  }
  if (best == nullptr) return {family == "ws" ? "ws.echo" : "http.root", octets(target)};
  if (how->key) key_ = how->key;
  return {best->name, "${target." + best->name + ".path}" + how->rest};
}

}  // namespace halley::draft
