#include "reference-server/forward_head.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "reference-server/client/answer_head.hpp"
#include "reference-server/options.hpp"
#include "reference-server/request.hpp"
#include "transport/transport.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace halley::gateway {
namespace {

constexpr octet_view gateway_path = "/to/";
constexpr std::uint16_t http_port = 80;

/// Fields that concern one connection, whether Connection names them or not. Trailer stays: what it
/// announces is forwarded. Source: RFC 9110 §7.6.1, §11.7.
constexpr std::array<octet_view, 9> hop_by_hop = {"Connection",
                                                  "Keep-Alive",
                                                  "Proxy-Connection",
                                                  "TE",
                                                  "Upgrade",
                                                  "Transfer-Encoding",
                                                  "Proxy-Authorization",
                                                  "Proxy-Authenticate",
                                                  "Proxy-Authentication-Info"};

/// What is written anew in each message.
constexpr std::array<octet_view, 2> framing_fields = {"Content-Length", "Transfer-Encoding"};

template <typename Names>
bool is_among(octet_view name, const Names& names) {
  return std::ranges::any_of(names, [&](const auto& one) { return ascii::iequals(one, name); });
}

std::vector<octets> named_by_connection(const std::vector<field>& fields) {
  std::vector<octets> names;
  for (const field& one : fields) {
    if (!ascii::iequals(one.name, "Connection")) continue;
    for (octets& name : ascii::list_elements(one.value))
      names.push_back(std::move(name));
  }
  return names;
}

/// The fields of a message that go on, whoever sends it.
std::vector<field> end_to_end(const std::vector<field>& fields, const options& how) {
  const auto named = named_by_connection(fields);
  std::vector<field> kept;
  for (const field& one : fields) {
    if (is_among(one.name, framing_fields)) continue;
    const bool connection = ascii::iequals(one.name, "Connection");
    const bool listed = is_among(one.name, named) && !how.mutant("proxy-keeps-named");
    const bool usual =
        connection ? !how.mutant("proxy-keeps-connection")
                   : is_among(one.name, hop_by_hop) && !how.mutant("proxy-keeps-hop-by-hop");
    if (listed || usual) continue;
    if (one.name.starts_with("X-") && how.mutant("proxy-drops-unknown")) continue;
    kept.push_back(one);
  }
  if (how.mutant("proxy-reverses-fields")) std::ranges::reverse(kept);
  return kept;
}

/// Who passes a message on. Source: RFC 9110 §7.6.3.
octets via(int minor, octet_view pseudonym, const options& how) {
  if (how.mutant("proxy-no-via")) return {};
  if (how.mutant("proxy-via-own-version")) minor = 1;
  const octets name = how.mutant("proxy-space-before-colon") ? "Via : 1." : "Via: 1.";
  return name + std::to_string(minor) + " " + octets(pseudonym) + "\r\n";
}

octets line(const field& one) {
  return one.name + ": " + one.value + "\r\n";
}

bool is_max_forwards_method(const request& head) {
  return head.method == "OPTIONS" || head.method == "TRACE";
}

/// What a gateway forwards: /to/PORT and everything behind it.
std::optional<std::variant<onward, refusal>> behind_gateway(const request& head) {
  octet_view rest = head.path;
  if (!rest.starts_with(gateway_path)) return std::nullopt;
  rest.remove_prefix(gateway_path.size());
  const auto port = parse_number(rest.substr(0, rest.find('/')));
  if (!port || *port == 0 || *port > UINT16_MAX) return refusal{404, "no such port"};
  rest.remove_prefix(std::min(rest.find('/'), rest.size()));
  onward to{{"127.0.0.1", static_cast<std::uint16_t>(*port)}, {}, octets(rest)};
  to.authority = transport::to_string(to.where);
  if (to.target.empty()) to.target = "/";
  if (!head.query.empty() || head.target.ends_with('?')) to.target += "?" + head.query;
  return to;
}

/// What a mutant makes of a path that others leave alone.
void tidy(octets& target) {
  const std::size_t dots = target.find("/../");
  if (dots != octets::npos) target.erase(0, dots + 3);
  const std::size_t triplet = target.find("%41");
  if (triplet != octets::npos) target.replace(triplet, 3, "A");
}

octets path_of_absolute(const request& head, const options& how) {
  const std::size_t scheme = head.target.find("://") + 3;
  const std::size_t end = head.target.find_first_of("/?", scheme);
  // RFC 9112 §3.2.4: the last proxy of a chain sends "*".
  const bool whole = head.method == "OPTIONS" && !how.mutant("proxy-options-path");
  if (end == octets::npos) return whole ? "*" : "/";
  const octets path = head.target.substr(end);
  return path.front() == '?' ? "/" + path : path;
}

}  // namespace

std::optional<std::variant<onward, refusal>> onward_of(const request& head,
                                                       const transport::endpoint& here,
                                                       const options& how) {
  if (head.method == "CONNECT" || head.path == "*") return std::nullopt;
  if (auto found = behind_gateway(head)) return found;
  if (head.target.front() == '/') return std::nullopt;
  const auto named = parse_authority(head.authority);
  if (!named) return std::nullopt;
  octets address = named->host;
  if (ascii::iequals(address, "localhost")) address = "127.0.0.1";
  // A name is a virtual host of our own: names are never looked up.
  if (address.find_first_not_of("0123456789.:") != octets::npos && !named->bracketed)
    return std::nullopt;
  const std::uint16_t port = named->port.value_or(http_port);
  if (transport::is_loopback(address) && port == here.port) return std::nullopt;
  if (!transport::is_loopback(address)) return refusal{403, "only loopback is reached from here"};
  onward to{{address, port}, head.authority, path_of_absolute(head, how)};
  if (how.mutant("proxy-absolute-upstream")) to.target = head.target;
  if (how.mutant("proxy-tidies-path")) tidy(to.target);
  const octets* const host = head.find("Host");
  if (how.mutant("proxy-keeps-host") && host != nullptr) to.authority = *host;
  return to;
}

bool asks_upgrade(const request& head) {
  return head.minor > 0 && head.body == framing::none && head.count("Upgrade") != 0 &&
         head.has_token("Connection", "upgrade");
}

bool went_through(const request& head, octet_view pseudonym) {
  for (const field& one : head.fields) {
    if (!ascii::iequals(one.name, "Via")) continue;
    for (const octets& element : ascii::list_elements(one.value)) {
      const std::size_t blank = std::min(element.find(' '), element.size() - 1);
      const octet_view by = ascii::trim_blank(octet_view(element).substr(blank + 1));
      if (by.substr(0, by.find(' ')) == pseudonym) return true;
    }
  }
  return false;
}

std::optional<std::uint64_t> forwards_left(const request& head) {
  const octets* const text = head.find("Max-Forwards");
  if (text == nullptr || !is_max_forwards_method(head)) return std::nullopt;
  return parse_number(*text);
}

octets onward_head(const request& head,
                   const onward& to,
                   octet_view pseudonym,
                   const options& how) {
  const octets method = how.mutant("proxy-method-changed") ? "GET" : head.method;
  const char* const version = how.mutant("proxy-version-kept") ? "HTTP/1.2" : "HTTP/1.1";
  octets out = method + " " + to.target + " " + version + "\r\nHost: " + to.authority + "\r\n";
  const auto left = forwards_left(head);
  for (const field& one : end_to_end(head.fields, how)) {
    if (ascii::iequals(one.name, "Host")) continue;
    if (ascii::iequals(one.name, "Via") && how.mutant("proxy-via-replaced")) continue;
    const bool counted = left && ascii::iequals(one.name, "Max-Forwards");
    const bool lower = counted && !how.mutant("proxy-max-forwards-kept");
    out += lower ? line({one.name, std::to_string(*left - 1)}) : line(one);
  }
  if (head.body == framing::chunked) out += "Transfer-Encoding: chunked\r\n";
  const octets* const length = head.find("Content-Length");
  const bool both = how.mutant("proxy-forwards-both-lengths");
  if (length != nullptr && (head.body != framing::chunked || both))
    out += "Content-Length: " + *length + "\r\n";
  out += via(head.minor, pseudonym, how);
  octets options_here = asks_upgrade(head) ? "Upgrade" : "close";
  if (asks_upgrade(head))
    for (const field& one : head.fields)
      if (ascii::iequals(one.name, "Upgrade")) out += line(one);
  if (head.has_token("TE", "trailers")) {
    out += "TE: trailers\r\n";
    options_here += ", TE";
  }
  return out + "Connection: " + options_here + "\r\n\r\n";
}

namespace {

/// White space between a field name and its colon goes. Source: RFC 9112 §5.1.
octets without_blank_names(octet_view head) {
  octets out;
  while (!head.empty()) {
    const std::size_t end = std::min(head.find('\n') + 1, head.size());
    octet_view one = head.substr(0, end);
    head.remove_prefix(end);
    const std::size_t colon = std::min(one.find(':'), one.size());
    const octet_view name = one.substr(0, colon);
    std::size_t kept = name.size();
    while (kept > 0 && ascii::is_blank(name[kept - 1]))
      --kept;
    if (colon < one.size() && ascii::is_token(name.substr(0, kept))) {
      out += name.substr(0, kept);
      one.remove_prefix(colon);
    }
    out += one;
  }
  return out;
}

constexpr octet_view fold_mark = "\xF0\xF1";
constexpr octet_view cr_mark = "\xF2";
constexpr octet_view blank_mark = "~~";

void replace_all(octets& in, octet_view what, octet_view with) {
  for (std::size_t at = in.find(what); at != octets::npos; at = in.find(what, at + with.size()))
    in.replace(at, what.size(), with);
}

/// What a mutant passes on unread is hidden from the reader, and comes back when it is written.
octets hide(octets head, const options& how) {
  if (how.mutant("proxy-forwards-fold")) {
    replace_all(head, "\r\n ", octets(fold_mark) + " ");
  }
  if (how.mutant("proxy-keeps-blank-name")) replace_all(head, " :", octets(blank_mark) + ":");
  if (how.mutant("proxy-forwards-bare-cr")) {
    for (std::size_t at = head.find('\r'); at != octets::npos; at = head.find('\r', at + 1))
      if (head.compare(at, 2, "\r\n") != 0) head.replace(at, 1, cr_mark);
  }
  return head;
}

octets shown(octets head) {
  replace_all(head, fold_mark, "\r\n");
  replace_all(head, cr_mark, "\r");
  replace_all(head, octets(blank_mark) + ":", " :");
  return head;
}

/// The one value of all Content-Length lines. Source: RFC 9112 §6.3 item 5.
std::optional<std::uint64_t> only_length(const answer_head& head, const options& how) {
  const auto values = head.elements("Content-Length");
  if (values.empty()) return std::nullopt;
  const bool first = how.mutant("proxy-first-length");
  const bool same =
      std::ranges::all_of(values, [&](const octets& one) { return one == values[0]; });
  return same || first ? parse_number(values[0]) : std::nullopt;
}

/// Source: RFC 9112 §6.3. Returns: why the framing is faulty, else empty.
octets read_framing(passed_answer& into, octet_view method, const options& how) {
  const answer_head& head = into.head;
  const bool coded = head.count("Transfer-Encoding") != 0;
  const bool sized = head.count("Content-Length") != 0;
  const auto length = only_length(head, how);
  if (sized && !length) return "bad Content-Length";
  into.length = length.value_or(0);
  if (coded) {
    if (head.minor == 0) return "Transfer-Encoding in HTTP/1.0";
    const auto codings = head.elements("Transfer-Encoding");
    if (codings.size() != 1 || !ascii::iequals(codings[0], "chunked"))
      return "transfer coding not known";
    if (sized && !how.mutant("proxy-both-in-answer")) return "two framings";
  }
  const bool bodiless =
      method == "HEAD" || head.status < 200 || head.status == 204 || head.status == 304;
  if (bodiless && !how.mutant("proxy-waits-for-no-body")) return {};
  into.to_the_end = !coded && !sized;
  into.body = coded ? framing::chunked : framing::length;
  if (into.to_the_end) into.length = UINT64_MAX;
  if (sized && !coded && into.length == 0) into.body = framing::none;
  return {};
}

}  // namespace

std::variant<passed_answer, octets> read_answer(octet_view head,
                                                octet_view method,
                                                const options& how) {
  octets text(head);
  if (!how.mutant("proxy-keeps-blank-name")) text = without_blank_names(text);
  auto parsed = parse_answer(hide(std::move(text), how));
  if (auto* const why = std::get_if<octets>(&parsed)) return std::move(*why);
  passed_answer result;
  result.head = std::get<answer_head>(std::move(parsed));
  octets faulty = read_framing(result, method, how);
  if (!faulty.empty()) return faulty;
  return result;
}

octets backward_head(const passed_answer& of,
                     answer_framing framed,
                     octet_view pseudonym,
                     const options& how) {
  const answer_head& head = of.head;
  octets out = "HTTP/1.1 " + std::to_string(head.status) + " " + head.reason + "\r\n";
  for (const field& one : end_to_end(head.fields, how))
    out += line(one);
  if (framed.chunked) out += "Transfer-Encoding: chunked\r\n";
  const bool none = head.status < 200 || head.status == 204;
  // Of an answer to HEAD and of a 304 the length is what it would be (RFC 9110 §8.6).
  const auto length = head.elements("Content-Length");
  if (!framed.chunked && !none && !length.empty()) out += "Content-Length: " + length[0] + "\r\n";
  if (framed.chunked && !length.empty() && how.mutant("proxy-both-in-answer"))
    out += "Content-Length: " + length[0] + "\r\n";
  out += via(head.minor, pseudonym, how);
  // A 426 names the protocols that would do (RFC 9110 §15.5.22).
  if (head.status == 101 || head.status == 426) {
    for (const field& one : head.fields)
      if (ascii::iequals(one.name, "Upgrade")) out += line(one);
    out += framed.close ? "Connection: Upgrade, close\r\n" : "Connection: Upgrade\r\n";
  } else if (framed.close) {
    out += "Connection: close\r\n";
  }
  return shown(out + "\r\n");
}

octets forwarded_trailers(const std::vector<field>& trailers) {
  constexpr std::array<octet_view, 6> never = {"Host",       "Trailer",       "Content-Encoding",
                                               "Set-Cookie", "Authorization", "Content-Type"};
  octets out;
  for (const field& one : trailers)
    if (!is_among(one.name, hop_by_hop) && !is_among(one.name, framing_fields) &&
        !is_among(one.name, never))
      out += line(one);
  return out;
}

}  // namespace halley::gateway
