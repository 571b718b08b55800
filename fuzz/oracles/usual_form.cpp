#include "fuzz/oracles/usual_form.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "wire/http_message.hpp"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <span>
#include <string>
#include <vector>

namespace halley::fuzz {

bool is_of_simple_form(octet_view target) {
  return target.starts_with('/') && target.find("//") == octet_view::npos &&
         target.find("..") == octet_view::npos && std::ranges::all_of(target, [](char c) {
           return ascii::is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  octet_view("/-_.?=&").find(c) != octet_view::npos;
         });
}

bool names_this_machine(const wire::field_section& fields) {
  const std::vector<octets> hosts = fields.all("Host");
  if (hosts.size() != 1) return false;
  const octet_view host = hosts.front();
  const auto colon = host.find(':');
  const octet_view name = host.substr(0, colon);
  const octet_view port = colon == octet_view::npos ? octet_view("80") : host.substr(colon + 1);
  const bool is_port =
      !port.empty() && port.size() < 6 && std::ranges::all_of(port, ascii::is_digit);
  boost::system::error_code none;
  const bool is_address = boost::asio::ip::make_address_v4(name, none).is_loopback();
  return is_port && std::stoi(octets(port)) <= 65535 && (name == "localhost" || is_address);
}

bool lists_words(const wire::field_section& fields, octet_view name) {
  return std::ranges::all_of(ascii::list_elements(fields.combined(name).value_or("")),
                             [](octets one) {
                               std::ranges::replace(one, '/', '-');
                               return ascii::is_token(one);
                             });
}

bool has_only(const wire::field_section& fields, std::span<const octet_view> names) {
  for (const octet_view single : {"User-Agent", "Content-Type"}) {
    const std::vector<octets> values = fields.all(single);
    if (values.size() > 1 || (values.size() == 1 && values.front().empty())) return false;
  }
  return std::ranges::all_of(fields.lines, [&](const wire::field_line& line) {
    return std::ranges::any_of(names,
                               [&](octet_view one) { return ascii::iequals(one, line.name); });
  });
}

}  // namespace halley::fuzz
