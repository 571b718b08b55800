#include "reference-server/access.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "clock/clock.hpp"
#include "reference-server/core.hpp"
#include "reference-server/exchange.hpp"
#include "reference-server/options.hpp"
#include "reference-server/request.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace halley::gateway {
namespace {

constexpr octet_view cookie_name = "halley";
constexpr std::size_t most_passes = 10'000;

/// An origin in parts, as they are compared. Source: RFC 6454 §4, §5.
struct origin {
  octets scheme;
  octets host;
  octets port;

  bool operator==(const origin&) const = default;
};

std::optional<origin> parse_origin(octet_view text) {
  const std::size_t colon = text.find("://");
  if (colon == octet_view::npos || colon == 0) return std::nullopt;
  origin result;
  result.scheme = ascii::to_lower(text.substr(0, colon));
  octet_view rest = text.substr(colon + 3);
  const std::size_t port = rest.rfind(':');
  if (port != octet_view::npos && rest.find(']', port) == octet_view::npos) {
    result.port = rest.substr(port + 1);
    rest = rest.substr(0, port);
  }
  if (result.port.empty()) result.port = result.scheme == "https" ? "443" : "80";
  result.host = ascii::to_lower(rest);
  const bool digits = std::ranges::all_of(result.port, ascii::is_digit);
  if (result.host.empty() || !digits || rest.find_first_of("/?#@, ") != octet_view::npos)
    return std::nullopt;
  return result;
}

/// Whether mutants that look at a part only take `given` for `named`.
bool alike_to_mutants(const origin& given, const origin& named, const options& how) {
  if (how.mutant("origin-port-ignored"))
    return given.scheme == named.scheme && given.host == named.host;
  if (how.mutant("origin-scheme-ignored"))
    return given.host == named.host && given.port == named.port;
  if (how.mutant("origin-by-ending")) return given.host.ends_with(named.host);
  return how.mutant("origin-by-beginning") && given.host.starts_with(named.host);
}

bool is_same(octet_view given, octet_view named, const options& how) {
  const auto left = parse_origin(given);
  const auto right = parse_origin(named);
  if (!left || !right) return given == "null" && given == named;
  return *left == *right || alike_to_mutants(*left, *right, how);
}

/// The rule for pages of that origin, if there is one; a rule that names it goes before "*".
std::optional<origin_rule> rule_for(octet_view given, const options& how) {
  for (const origin_rule& one : how.origins)
    if (is_same(given, one.origin, how)) return one;
  for (const origin_rule& one : how.origins) {
    if (one.origin != "*" && !how.mutant("origin-any") &&
        !(given == "null" && how.mutant("origin-null")))
      continue;
    origin_rule result = one;
    result.credentials = one.credentials && one.origin != "*";
    return result;
  }
  return std::nullopt;
}

/// What lets a page of that origin read the answer. Credentials never go with "*": whoever named
/// no origin has trusted none.
void permit(exchange& with, octet_view given, const origin_rule& by) {
  const options& how = with.settings();
  const bool star = (by.origin == "*" && !by.credentials) || how.mutant("cors-star");
  with.also({"Access-Control-Allow-Origin", star ? "*" : octets(given)});
  if (by.credentials && !how.mutant("cors-no-credentials"))
    with.also({"Access-Control-Allow-Credentials", "true"});
}

awaitable<void> answer_preflight(exchange& with, const entry& to, const origin_rule& by) {
  const options& how = with.settings();
  octets methods;
  for (const octets& one : ascii::list_elements(by.methods)) {
    const auto served = ascii::list_elements(to.allow);
    if (!to.allow.empty() && std::ranges::find(served, one) == served.end()) continue;
    methods += (methods.empty() ? "" : ", ") + one;
  }
  response answer;
  answer.status = how.mutant("cors-preflight-405") ? 405 : 204;
  if (!how.mutant("cors-no-methods"))
    answer.fields.push_back({"Access-Control-Allow-Methods", methods});
  if (!by.headers.empty() && !how.mutant("cors-no-headers"))
    answer.fields.push_back({"Access-Control-Allow-Headers", by.headers});
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(by.maximum_age).count();
  answer.fields.push_back({"Access-Control-Max-Age", std::to_string(age)});
  co_await with.respond(std::move(answer));
}

/// Whether `text` are the Basic credentials that are wanted. Source: RFC 7617 §2.
bool is_basic(octet_view text, const options& how) {
  const std::size_t blank = std::min(text.find(' '), text.size());
  if (!ascii::iequals(text.substr(0, blank), "Basic")) return false;
  if (how.mutant("push-any-credentials")) return true;
  return ascii::trim_blank(text.substr(blank)) == to_base64(how.push_credentials);
}

/// The value of our cookie. Source: RFC 6265 §4.2.
std::optional<octets> pass_of(const request& head) {
  for (const field& one : head.fields) {
    if (!ascii::iequals(one.name, "Cookie")) continue;
    octet_view rest = one.value;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(';'), rest.size());
      const octet_view pair = ascii::trim_blank(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      const std::size_t equals = pair.find('=');
      if (equals != octet_view::npos && pair.substr(0, equals) == cookie_name)
        return octets(pair.substr(equals + 1));
    }
  }
  return std::nullopt;
}

bool holds(core& shared, const octets& pass) {
  if (shared.settings.mutant("push-any-cookie")) return true;
  const auto found = shared.passes.find(pass);
  return found != shared.passes.end() && shared.now() < found->second;
}

/// A new pass, which cannot be guessed; where there are too many, those that end first go.
octets issue(core& shared) {
  if (shared.passes.size() >= most_passes) {
    const auto first =
        std::ranges::min_element(shared.passes, {}, [](const auto& one) { return one.second; });
    shared.passes.erase(first);
  }
  std::array<std::uint64_t, 2> numbers{shared.world.random("pass"), shared.world.random("pass")};
  octets raw;
  for (std::uint64_t one : numbers)
    for (int i = 0; i < 8; ++i, one >>= 8U)
      raw += static_cast<char>(one & 0xFFU);
  octets pass = to_hex(raw);
  shared.passes[pass] = shared.now() + shared.settings.push_cookie_lifetime;
  return pass;
}

/// Whether the client is who it has to be; gives it a cookie where it has shown credentials.
bool is_known(exchange& with) {
  const options& how = with.settings();
  if (how.push_credentials.empty() || how.mutant("push-no-credentials")) return true;
  const bool opens_socket = with.head().has_token("Upgrade", "websocket");
  if (opens_socket && how.mutant("push-upgrade-unguarded")) return true;
  const auto pass = pass_of(with.head());
  if (pass && !how.mutant("push-no-cookie") && holds(with.shared(), *pass)) return true;
  const octets* const given = with.head().find("Authorization");
  if (given == nullptr || !is_basic(*given, how)) return false;
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(how.push_cookie_lifetime);
  const octets secret = how.mutant("push-cookie-shown") ? "" : "; HttpOnly";
  if (!opens_socket)
    with.also({"Set-Cookie", octets(cookie_name) + "=" + issue(with.shared()) +
                                 "; Path=/; Max-Age=" + std::to_string(age.count()) + secret +
                                 "; SameSite=Lax"});
  return true;
}

awaitable<void> challenge(exchange& with) {
  response answer = text(401, "credentials are wanted\n");
  if (!with.settings().mutant("push-no-challenge"))
    answer.fields.push_back({"WWW-Authenticate", "Basic realm=\"halley\", charset=\"UTF-8\""});
  co_await with.respond(std::move(answer));
}

/// Whether the request comes from a page of the gateway itself.
bool is_own(const request& head, octet_view given) {
  const octets* const host = head.find("Host");
  const auto left = parse_origin(given);
  return host != nullptr && left && left == parse_origin("http://" + *host);
}

}  // namespace

awaitable<bool> admit(exchange& with, entry to) {
  const options& how = with.settings();
  const request& head = with.head();
  // Also where no origin is named: a cache must not give this answer to those who name one.
  if (!how.origins.empty() && !how.mutant("cors-no-vary")) with.also({"Vary", "Origin"});
  const octets* const given = head.find("Origin");
  const bool unchecked =
      how.mutant("origin-unchecked") ||
      (how.mutant("origin-upgrade-unchecked") && head.has_token("Upgrade", "websocket"));
  if (given != nullptr && !unchecked && !is_own(head, *given)) {
    const auto rule = rule_for(*given, how);
    if (!rule || head.count("Origin") != 1) {
      co_await with.refuse(403, "pages of that origin may not\n");
      co_return false;
    }
    permit(with, *given, *rule);
    // A preflight holds no credentials: it asks whether they may be sent.
    const bool preflight =
        head.method == "OPTIONS" && head.find("Access-Control-Request-Method") != nullptr;
    if (preflight && !how.mutant("cors-preflight-challenged")) {
      co_await answer_preflight(with, to, *rule);
      co_return false;
    }
  }
  if (to.guarded && !is_known(with)) {
    co_await challenge(with);
    co_return false;
  }
  co_return true;
}

}  // namespace halley::gateway
