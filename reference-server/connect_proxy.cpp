#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "clock/clock.hpp"
#include "reference-server/connection.hpp"
#include "reference-server/core.hpp"
#include "reference-server/exchange.hpp"
#include "reference-server/options.hpp"
#include "reference-server/reach.hpp"
#include "reference-server/request.hpp"
#include "reference-server/services.hpp"
#include "reference-server/tunnel.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace halley::gateway {
namespace {

/// The target as a mutant reads it that finds an authority in everything.
octet_view authority_within(octet_view target) {
  target.remove_prefix(
      std::min(target.find_first_not_of('/', target.find("//") + 1), target.size()));
  target.remove_prefix(target.find('@') + 1);
  return target.substr(0, target.find('/'));
}

/// What names the target: the request target, whatever Host says (RFC 9110 §9.3.6).
octets target_text(const request& head, const options& how) {
  const octets* const host = head.find("Host");
  if (host != nullptr && how.mutant("connect-follows-host")) return *host;
  if (how.mutant("connect-lenient-target")) return octets(authority_within(head.target));
  return head.target;
}

/// Where the target is; nothing where it is no authority-form (RFC 9112 §3.2.3).
std::optional<transport::endpoint> target_of(const request& head,
                                             const options& how,
                                             bool& allowed) {
  const auto named = parse_authority(target_text(head, how), how.mutant("port-wraps"));
  if (!named || named->host.empty() || !named->port || *named->port == 0) return std::nullopt;
  transport::endpoint where{named->host, *named->port};
  const bool v6 = named->host.find(':') != octets::npos;
  if (v6 != named->bracketed || (v6 && how.mutant("connect-ipv6-malformed"))) return std::nullopt;
  // The one name that needs no lookup, so that nothing is asked of the network before the
  // allow-list has spoken.
  if (ascii::iequals(where.address, "localhost")) where.address = "127.0.0.1";
  allowed = transport::is_loopback(where.address);
  if (!allowed && how.mutant("connect-any-host")) {
    where.address = "127.0.0.1";
    allowed = true;
  }
  return where;
}

octets established(const options& how) {
  octets head;
  if (how.mutant("connect-103")) head += "HTTP/1.1 103 Early Hints\r\n\r\n";
  head += how.mutant("connect-201") ? "HTTP/1.1 201 Created\r\n"
                                    : "HTTP/1.1 200 Connection Established\r\n";
  if (how.mutant("connect-body-header")) head += "Content-Length: 0\r\n";
  return head + "\r\n";
}

awaitable<void> refuse_target(exchange& with) {
  with.close_after();
  if (with.settings().mutant("connect-drops-bad-target")) co_return;
  co_await with.refuse(400, "CONNECT wants host:port and no body\n");
}

/// Says why there is no tunnel, where it was not the client that gave it up.
awaitable<void> refuse_tunnel(exchange& with, error_code why) {
  const options& how = with.settings();
  if (!with.peer().input().empty() || how.mutant("connect-answers-early")) with.close_after();
  if (how.mutant("connect-answers-early")) co_return;
  const bool late = why == boost::asio::error::timed_out;
  co_await with.refuse(late ? 504 : 502, late ? "no answer\n" : "connect failed\n");
  if (how.mutant("connect-deaf-when-refused")) co_await turn_deaf(with);
}

/// What of the request a mutant lets through to the target: all fields but Host.
octets leak(const request& head) {
  octets out;
  for (const field& one : head.fields)
    if (!ascii::iequals(one.name, "Host")) out += one.name + ": " + one.value + "\r\n";
  return out;
}

/// Says that the tunnel stands. Returns: false where the connection broke.
awaitable<bool> confirm(exchange& with) {
  const octets answer = established(with.settings());
  const bool sent = co_await with.peer().write(answer);
  co_return sent;
}

/// Whether the client may have a tunnel at all. Source: RFC 9110 §11.7, RFC 7617 §2.
bool is_known(const request& head, const options& how) {
  if (how.connect_credentials.empty() || how.mutant("connect-no-credentials")) return true;
  const octets* const given = head.find("Proxy-Authorization");
  if (given == nullptr) return false;
  const std::size_t blank = std::min(given->find(' '), given->size());
  if (how.mutant("connect-any-credentials")) return true;
  return ascii::iequals(octet_view(*given).substr(0, blank), "Basic") &&
         ascii::trim_blank(octet_view(*given).substr(blank)) == to_base64(how.connect_credentials);
}

awaitable<void> challenge(exchange& with) {
  response answer = text(407, "credentials are wanted\n");
  if (!with.settings().mutant("connect-no-challenge"))
    answer.fields.push_back({"Proxy-Authenticate", "Basic realm=\"halley\""});
  co_await with.respond(std::move(answer));
  if (with.settings().mutant("connect-deaf-when-challenged")) co_await turn_deaf(with);
}

/// Whether a mutant that counts tunnels begun, and not those that stand, has none left.
bool used_up(exchange& with) {
  constexpr std::uint64_t most = 5;
  return with.settings().mutant("tunnel-slots-leak") && with.shared().stages["tunnel"].begun > most;
}

}  // namespace

/// Source: RFC 9110 §9.3.6.
awaitable<void> connect_proxy(exchange& with) {
  const options& how = with.settings();
  const in_stage counted(with.shared().stages["tunnel"]);
  const request& head = with.head();
  bool allowed = false;
  const auto where = target_of(head, how, allowed);
  // A CONNECT request has no content: what follows its head is meant for the tunnel, and a length
  // would let two readers disagree about which octets that are.
  if (!where || (head.body != framing::none && !how.mutant("connect-leaks-fields"))) {
    co_await refuse_target(with);
    co_return;
  }
  // Octets sent ahead in hope of a tunnel are no next request.
  if (!with.peer().input().empty()) with.close_after();
  if (!is_known(head, how)) {
    ++with.shared().stages["tunnel"].refused;
    co_await challenge(with);
    co_return;
  }
  const bool low = where->port < how.connect_lowest_port && !how.mutant("connect-any-port");
  if (!allowed || low || used_up(with)) {
    ++with.shared().stages["tunnel"].refused;
    co_await with.refuse(403, "this target is not reached from here\n");
    co_return;
  }
  if (how.mutant("connect-answers-early")) co_await confirm(with);
  error_code error;
  std::unique_ptr<transport::transport> target =
      co_await reach(with, *where, leaving::by_end, error);
  if (error == boost::asio::error::operation_aborted) {
    with.close_after();
    co_return;
  }
  if (!target) {
    co_await refuse_tunnel(with, error);
    co_return;
  }
  with.close_after();
  bool sent = how.mutant("connect-answers-early");
  if (!sent) sent = co_await confirm(with);
  if (!sent) {
    target->abort();
    co_return;
  }
  if (how.mutant("connect-leaks-fields")) {
    const octets leaked = leak(head);
    const auto ahead = boost::asio::buffer(leaked);
    co_await transport::write_all(*target, ahead, error);
  }
  const auto client = with.peer().shared_from_this();
  co_await run_tunnel(client, std::move(target));
}

}  // namespace halley::gateway
