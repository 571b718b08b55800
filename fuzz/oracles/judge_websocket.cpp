#include "base/bytes.hpp"
#include "fuzz/live/record.hpp"
#include "fuzz/oracles/frames_view.hpp"
#include "fuzz/oracles/http_view.hpp"
#include "fuzz/oracles/opening.hpp"
#include "fuzz/oracles/reactions.hpp"
#include "fuzz/oracles/report.hpp"
#include "fuzz/oracles/rules.hpp"
#include "trace/event.hpp"
#include "wire/websocket_decoder.hpp"
#include "wire/websocket_frame.hpp"
#include "wire/wire_error.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halley::fuzz {
namespace {

using wire::wire_error;

constexpr std::size_t least_message_limit = std::size_t{1} << 20U;
constexpr std::size_t small_message_limit = 65536;

bool is_echo(std::string_view contract) {
  return contract == "ws.echo" || contract == "ws.echo-small" || contract == "ws.echo-subprotocol";
}

// What makes a recipient fail the connection. Not here: what RFC 6455 forbids the sender without a
// word about the recipient, and what only some recipients can see.
struct failure {
  wire_error fault;
  std::string_view rule;
};
constexpr failure failures[] = {
    {wire_error::reserved_bit, "rfc6455/5.2-rsv"},
    {wire_error::reserved_opcode, "rfc6455/5.2-opcode"},
    {wire_error::unmasked_client_frame, "rfc6455/5.1-close-unmasked"},
    {wire_error::unexpected_continuation, "rfc6455/5.4-refuse-continuation"},
    {wire_error::missing_continuation, "rfc6455/5.4-refuse-interleaved"},
    {wire_error::control_frame_too_long, "rfc6455/5.5-refuse-long"},
    {wire_error::fragmented_control_frame, "rfc6455/5.5-refuse-fragmented"},
    {wire_error::bad_utf8, "rfc6455/8.1-fail"},
    {wire_error::bad_close_reason_utf8, "rfc6455/8.1-fail"},
    {wire_error::bad_close_length, "rfc6455/5.5.1-refuse-short"},
    {wire_error::length_high_bit, "rfc6455/5.2-refuse-high-bit"},
    {wire_error::rsv1_on_continuation, "rfc7692/6-first-fragment"},
    {wire_error::rsv1_on_control_frame, "rfc7692/6-control-frame"},
};

const failure* failure_of(wire_error fault) {
  const auto* found = std::ranges::find(failures, fault, &failure::fault);
  return found == std::end(failures) ? nullptr : found;
}

std::string described(const wire::websocket_message& message) {
  return std::string(message.type == wire::opcode::text ? "text" : "binary") + " of " +
         std::to_string(message.data.size());
}

class websocket_judge {
public:
  websocket_judge(const record& seen, const std::string& contract, report& found)
      : seen_(seen), contract_(contract), view_(seen), found_(found), echo_(is_echo(contract)) {}

  void run() {
    if (!view_.readable) return;
    if (echo_) judge_echoes();
    judge_pongs();
    if (echo_) judge_refusal();
    if (view_.fault != nullptr)
      judge_failure();
    else if (view_.close != nullptr)
      judge_close();
  }

private:
  // Whether the target still had the connection open after the time it was given, with all octets
  // there.
  bool left_open() const {
    return seen_.how == ending::silent && seen_.all_sent && !view_.we_ended && !view_.they_ended;
  }

  const failure* must_fail() const {
    return view_.fault == nullptr ? nullptr : failure_of(view_.fault_is);
  }

  // "sends every text and binary message back with the same type and octets, in order"
  void judge_echoes() {
    const std::size_t asked = view_.messages.size();
    for (std::size_t i = 0; i < view_.echoes.size(); ++i) {
      const auto& [shown, got] = view_.echoes[i];
      if (i >= asked) return judge_unasked(*shown, *got);
      const wire::websocket_message& want = *view_.messages[i].what;
      if (over_limit(want)) return judge_too_large(want, *shown, *got);
      if (want.type == got->type && want.data == got->data) continue;
      const auto rule = contract_rule(contract_, "Each message comes back with its type and data.");
      return found_.add(rule, want.data == got->data ? "other-type" : "other-content",
                        described(want), described(*got), *shown);
    }
    if (view_.echoes.size() >= asked || view_.fault != nullptr || view_.close != nullptr ||
        view_.their_close != nullptr || !left_open())
      return;
    const auto& [shown, missing] = view_.messages[view_.echoes.size()];
    if (missing->data.size() > least_message_limit || over_limit(*missing)) return;
    found_.add(contract_rule(contract_, "Each message comes back with its type and data."),
               "unechoed", described(*missing), "nothing", *shown);
  }

  bool over_limit(const wire::websocket_message& message) const {
    return contract_ == "ws.echo-small" && message.data.size() > small_message_limit;
  }

  // Whether a message may have been a reason to drop the connection before the Close came.
  bool may_be_too_much() const {
    return std::ranges::any_of(view_.messages, [](const auto& one) {
      return one.what->data.size() > small_message_limit;
    });
  }

  void judge_too_large(const wire::websocket_message& want,
                       const trace::event& shown,
                       const wire::websocket_message& got) {
    if (want.data == got.data)
      found_.add(ledger_rule("rfc6455/10.4-protect"), "answered", "Close with 1009", described(got),
                 shown);
  }

  // A message behind all that can be answered.
  void judge_unasked(const trace::event& shown, const wire::websocket_message& got) {
    if (const failure* why = must_fail())
      found_.add(ledger_rule(why->rule), "answered", "nothing behind it is answered",
                 described(got), shown);
    else if (view_.fault == nullptr && view_.close != nullptr && view_.data_behind_close)
      found_.add(ledger_rule("rfc6455/5.5.1-discard"), "echoed", "nothing", described(got), shown);
    else if (view_.fault == nullptr)
      found_.add(contract_rule(contract_, "The endpoint sends nothing of its own."),
                 "unasked-message", "nothing", described(got), shown);
  }

  // Each Pong is matched with the earliest Ping left that has its payload: the latest may stand for
  // the ones before, RFC 6455 §5.5.3.
  void judge_pongs() {
    std::size_t next = 0;
    for (const auto& [shown, pong] : view_.pongs) {
      std::size_t i = next;
      while (i < view_.pings.size() && view_.pings[i].what->payload != pong->payload)
        ++i;
      if (i < view_.pings.size()) {
        next = i + 1;
        continue;
      }
      judge_strange_pong(*shown, pong->payload);
    }
    if (view_.pings.empty() || view_.fault != nullptr || view_.close != nullptr ||
        view_.their_close != nullptr || !left_open())
      return;
    const octets& last = view_.pings.back().what->payload;
    if (std::ranges::any_of(view_.pongs,
                            [&](const auto& one) { return one.what->payload == last; }))
      return;
    found_.add(ledger_rule("rfc6455/5.5.2-pong"), "unanswered", "a Pong", "nothing",
               *view_.pings.back().shown);
  }

  void judge_strange_pong(const trace::event& shown, const octets& payload) {
    const auto has_payload = [&](const auto& ping) { return ping.what->payload == payload; };
    if (view_.fault != nullptr) {
      const failure* why = must_fail();
      // Who sends back a Ping that is too long may cut it.
      const auto is_whole_or_cut = [&](const auto& ping) {
        return ping.what->payload == payload ||
               (payload.size() >= 125 && ping.what->payload.starts_with(payload));
      };
      if (why != nullptr && std::ranges::any_of(view_.later_pings, is_whole_or_cut) &&
          std::ranges::none_of(view_.pings, has_payload))
        found_.add(ledger_rule(why->rule), "answered", "nothing behind it is answered", "a Pong",
                   shown);
    } else if (echo_ && view_.close == nullptr && !view_.pings.empty() &&
               std::ranges::none_of(view_.pings, has_payload)) {
      found_.add(ledger_rule("rfc6455/5.5.3-payload"), "other-payload", "the payload of a Ping",
                 "another one", shown);
    }
  }

  void judge_failure() {
    const failure* why = must_fail();
    if (why == nullptr || !view_.fault_is_whole || view_.their_close != nullptr || !left_open())
      return;
    found_.add(ledger_rule(why->rule), "open", "the connection is closed", "it stays open",
               *view_.fault);
  }

  // 1002 and 1007 say that something was wrong with what we sent. What is compressed may be too
  // broken for one inflater and not for another.
  void judge_refusal() {
    if (view_.their_close == nullptr || view_.fault != nullptr || view_.close != nullptr ||
        view_.close_is_odd || view_.we_ended || view_.compressed)
      return;
    const auto code = std::get<wire::websocket_close>(view_.their_close->what).code;
    if (code == 1002 || code == 1007)
      found_.add(contract_rule(contract_, "Frames without a fault are accepted."), "refused-valid",
                 "no Close that calls them wrong", "Close with " + std::to_string(*code),
                 *view_.their_close);
  }

  void judge_close() {
    if (view_.their_close != nullptr) {
      if (left_open())
        found_.add(ledger_rule("rfc6455/5.5.1-tcp"), "open", "the end of TCP", "it stays open",
                   *view_.their_close);
      return;
    }
    const bool ended = seen_.how == ending::target_finished && !view_.we_ended &&
                       view_.nothing_behind_close && !view_.close_is_odd &&
                       view_.they_ended_behind_close && !may_be_too_much();
    if (!ended && !left_open()) return;
    found_.add(ledger_rule("rfc6455/5.5.1-answer"), "unanswered", "a Close frame",
               ended ? "the end of TCP" : "nothing", *view_.close);
  }

  const record& seen_;
  const std::string& contract_;
  frames_view view_;
  report& found_;
  bool echo_;
};

}  // namespace

std::vector<reaction> judge_websocket(const record& seen, const std::string& contract) {
  // What a proxy answers may be an origin's.
  if (contract.starts_with("proxy.")) return {};
  report found;
  judge_opening(seen, http_view(seen), contract, found);
  websocket_judge(seen, contract, found).run();
  return found.take();
}

}  // namespace halley::fuzz
