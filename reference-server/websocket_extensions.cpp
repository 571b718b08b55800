#include "reference-server/websocket_extensions.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "reference-server/options.hpp"
#include "reference-server/request.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace halley::gateway {
namespace {

constexpr octet_view server_takeover = "server_no_context_takeover";
constexpr octet_view client_takeover = "client_no_context_takeover";
constexpr octet_view server_window = "server_max_window_bits";
constexpr octet_view client_window = "client_max_window_bits";
constexpr std::array<octet_view, 4> known = {server_takeover, client_takeover, server_window,
                                             client_window};

octets text_of(const extension& one) {
  octets text = one.name;
  for (const extension::parameter& with : one.parameters)
    text += "; " + with.name + (with.value ? "=" + *with.value : octets());
  return text;
}

bool is_known(const extension::parameter& one) {
  return std::ranges::any_of(known,
                             [&](octet_view name) { return ascii::iequals(name, one.name); });
}

/// Source: RFC 7692 §7.1.
bool has_valid_value(const extension::parameter& one) {
  if (ascii::iequals(one.name, server_takeover) || ascii::iequals(one.name, client_takeover))
    return !one.value;
  if (!one.value) return ascii::iequals(one.name, client_window);
  const octets& bits = *one.value;
  return bits == "8" || bits == "9" || (bits.size() == 2 && bits >= "10" && bits <= "15");
}

bool is_deflate(const extension& one) {
  return ascii::iequals(one.name, "permessage-deflate");
}

/// Takes out what a mutant does not look at, so that Beast accepts the offer.
void forgive(extension& offer, const options& how) {
  auto& all = offer.parameters;
  const auto overlooks = [&how](const extension::parameter& one) {
    const auto named = [&one](octet_view name) { return ascii::iequals(one.name, name); };
    return (how.mutant("deflate-unknown-parameter") && !is_known(one)) ||
           (how.mutant("deflate-invalid-value") && is_known(one) && !has_valid_value(one)) ||
           (how.mutant("deflate-takeover-kept") && named(server_takeover)) ||
           (how.mutant("deflate-window-ignored") && named(server_window));
  };
  std::erase_if(all, overlooks);
  if (!how.mutant("deflate-repeated-parameter")) return;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const octets name = all[i].name;
    const auto later = all.begin() + static_cast<std::ptrdiff_t>(i) + 1;
    const auto same = [&name](const extension::parameter& one) { return one.name == name; };
    all.erase(std::remove_if(later, all.end(), same), all.end());
  }
}

std::vector<octets> offers_in(const request& asked) {
  std::vector<octets> result;
  for (const field& one : asked.fields) {
    if (!ascii::iequals(one.name, "Sec-WebSocket-Extensions")) continue;
    for (octets& offer : ascii::list_elements(one.value))
      result.push_back(std::move(offer));
  }
  return result;
}

/// What a mutant says of permessage-deflate in place of what was agreed on.
octets spoilt(octets agreed, const extension& offer, const options& how) {
  if (how.mutant("deflate-takeover-kept") && offer.find(server_takeover) != nullptr)
    agreed += "; " + octets(server_takeover);
  const auto* const window = offer.find(server_window);
  if (how.mutant("deflate-window-ignored") && window != nullptr && window->value)
    agreed += "; " + octets(server_window) + "=" + *window->value;
  const auto* const own = offer.find(client_window);
  if (how.mutant("deflate-window-raised") && own != nullptr && own->value) {
    const std::size_t at = agreed.find(octets("; ") + octets(client_window));
    if (at != octets::npos) agreed.erase(at, agreed.find(';', at + 1) - at);
    agreed += "; " + octets(client_window) + "=15";
  }
  if (how.mutant("deflate-window-unasked") && offer.find(client_window) == nullptr)
    agreed += "; " + octets(client_window) + "=15";
  return agreed;
}

}  // namespace

const extension::parameter* extension::find(octet_view parameter_name) const {
  const auto at = std::ranges::find_if(parameters, [parameter_name](const parameter& one) {
    return ascii::iequals(one.name, parameter_name);
  });
  return at == parameters.end() ? nullptr : &*at;
}

std::optional<extension> parse_extension(octet_view text) {
  extension result;
  for (bool first = true; first || !text.empty(); first = false) {
    const std::size_t end = std::min(text.find(';'), text.size());
    const octet_view part = ascii::trim_blank(text.substr(0, end));
    const bool last = end == text.size();
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t equal = first ? octet_view::npos : part.find('=');
    const octet_view name = ascii::trim_blank(part.substr(0, equal));
    if (!ascii::is_token(name)) return std::nullopt;
    if (!last && text.empty()) return std::nullopt;
    if (first) {
      result.name = name;
      continue;
    }
    result.parameters.push_back({octets(name), std::nullopt});
    if (equal == octet_view::npos) continue;
    octet_view value = ascii::trim_blank(part.substr(equal + 1));
    if (value.size() > 2 && value.starts_with('"') && value.ends_with('"'))
      value = value.substr(1, value.size() - 2);
    if (!ascii::is_token(value)) return std::nullopt;
    result.parameters.back().value = value;
  }
  return result;
}

std::vector<octets> offers_for_beast(const request& asked, const options& how) {
  std::vector<octets> result;
  for (const octets& text : offers_in(asked)) {
    auto offer = parse_extension(text);
    if (!offer || !is_deflate(*offer)) continue;
    if (!how.mutants.empty()) forgive(*offer, how);
    // Beast answers 9 to an offer of 8, more than the client can take (RFC 7692 §7.1.2.1).
    const auto* const window = offer->find(server_window);
    if (window == nullptr || window->value != "8") result.push_back(text_of(*offer));
  }
  return result;
}

void spoil_extensions(octets& answer, const request& asked, const options& how) {
  constexpr octet_view name = "Sec-WebSocket-Extensions: ";
  octets agreed;
  const std::size_t line = answer.find(name);
  if (line != octets::npos) {
    const std::size_t end = answer.find("\r\n", line) + 2;
    agreed = answer.substr(line + name.size(), end - 2 - line - name.size());
    answer.erase(line, end - line);
  }
  const std::vector<octets> offers = offers_in(asked);
  for (const octets& text : offers) {
    const auto offer = parse_extension(text);
    if (!agreed.empty() && offer && is_deflate(*offer)) {
      agreed = spoilt(agreed, *offer, how);
      break;
    }
  }
  if (how.mutant("extension-unrequested") && offers.empty()) agreed = "permessage-deflate";
  if (how.mutant("extension-echoed")) {
    agreed.clear();
    for (const octets& offer : offers)
      agreed += (agreed.empty() ? "" : ", ") + offer;
  }
  if (agreed.empty()) return;
  answer.insert(answer.size() - 2, octets(name) + agreed + "\r\n");
}

}  // namespace halley::gateway
