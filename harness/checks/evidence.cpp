#include "checks/evidence.hpp"

#include "base/bytes.hpp"
#include "base/printable.hpp"
#include "checks/finding.hpp"
#include "trace/event.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_message.hpp"
#include "wire/websocket_decoder.hpp"
#include "wire/websocket_frame.hpp"
#include "wire/wire_error.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace halley::checks {
namespace {

using trace::direction;
using wire::wire_error;

constexpr std::size_t shown_octets = 40;

}  // namespace

octets evidence::sent(std::uint64_t off, std::uint64_t limit) const {
  if (!sent_) {
    sent_.emplace();
    for (const trace::event& one : events_)
      if (const auto* moved = std::get_if<trace::wire_octets>(&one.what))
        if (one.dir == direction::in) sent_->emplace(one.off, moved->data);
  }
  octets result;
  auto piece = sent_->upper_bound(off);
  if (piece != sent_->begin()) --piece;
  for (; piece != sent_->end() && result.size() < limit; ++piece) {
    const auto [begin, data] = *piece;
    const std::uint64_t at = off + result.size();
    if (begin > at) break;
    if (at - begin >= data.size()) continue;
    const auto count = static_cast<std::size_t>(limit) - result.size();
    result += data.substr(static_cast<std::size_t>(at - begin), count);
  }
  return result;
}

template <typename Wanted>
const trace::event* evidence::next(std::size_t index, stretch& passed, Wanted is_wanted) const {
  const std::size_t first = index + 1;
  if (first < passed.begin || first > passed.end) {
    passed.begin = passed.end = first;
    while (passed.end < events_.size() &&
           (events_[passed.end].dir != direction::in || !is_wanted(events_[passed.end])))
      ++passed.end;
  }
  return passed.end < events_.size() ? &events_[passed.end] : nullptr;
}

const trace::event* evidence::next_frame(std::size_t index) const {
  return next(index, to_frame_, [](const trace::event& one) {
    return std::holds_alternative<wire::websocket_frame>(one.what);
  });
}

const trace::event* evidence::next_close(std::size_t index) const {
  return next(index, to_close_, [](const trace::event& one) {
    return std::holds_alternative<wire::websocket_close>(one.what);
  });
}

const trace::event* evidence::head_of(std::size_t index) const {
  const auto* one = next(index, to_head_, [](const trace::event& event) {
    return !std::holds_alternative<trace::wire_octets>(event.what) &&
           !std::holds_alternative<trace::wire_fault>(event.what);
  });
  if (one == nullptr) return nullptr;
  const bool covers = one->off <= events_[index].off && events_[index].off < one->off + one->len;
  return covers ? one : nullptr;
}

const wire::response_head* evidence::response_of(std::size_t index) const {
  const trace::event* head = head_of(index);
  return head == nullptr ? nullptr : std::get_if<wire::response_head>(&head->what);
}

const wire::request_head* evidence::request_of(std::size_t index) const {
  const trace::event* head = head_of(index);
  return head == nullptr ? nullptr : std::get_if<wire::request_head>(&head->what);
}

void exchanges::see(const trace::event& one) {
  if (one.dir == requests_) {
    if (const auto* head = std::get_if<wire::request_head>(&one.what))
      unanswered_.push_back(&*head);
    const auto* tunnel = std::get_if<trace::tunnel_open>(&one.what);
    if (std::holds_alternative<trace::wire_fault>(one.what) ||
        (tunnel != nullptr && tunnel->protocol == "unknown"))
      clear_ = false;
  } else if (const auto* head = std::get_if<wire::response_head>(&one.what)) {
    const bool interim = head->status >= 100 && head->status < 200 && head->status != 101;
    if (!interim && !unanswered_.empty()) unanswered_.take_front();
  }
}

const wire::request_head* exchanges::asked() const {
  return clear_ && !unanswered_.empty() ? unanswered_.front() : nullptr;
}

void head_state::see(const trace::event& one) {
  if (one.dir != direction::in) return;
  if (const auto* fault = std::get_if<trace::wire_fault>(&one.what)) {
    switch (fault->what) {
      case wire_error::bad_version:
      case wire_error::bad_status_code:
      case wire_error::bad_start_line_space:
      case wire_error::bare_cr:
      case wire_error::bad_field_name:
      case wire_error::space_before_colon:
      case wire_error::missing_colon:
      case wire_error::obs_fold:
      case wire_error::leading_space_line:
        clean_ = false;
        break;
      default:
        break;
    }
  } else if (std::holds_alternative<wire::message_end>(one.what)) {
    clean_ = true;
  }
}

void verdicts::add(const rule& broken,
                   const trace::event& shown,
                   std::string expected,
                   std::string got) {
  const auto [known, is_new] = by_rule_.try_emplace(broken.id, found_.size(), 0);
  ++known->second.second;
  if (!is_new) return;
  found_.push_back({.broken = broken,
                    .expected = std::move(expected),
                    .got = std::move(got),
                    .conn = shown.conn,
                    .dir = shown.dir,
                    .off = shown.off,
                    .len = shown.len,
                    .seq = shown.seq});
}

void verdicts::add_fault(const rule& broken,
                         const trace::event& shown,
                         std::string expected,
                         const evidence& seen) {
  if (touches_accused(shown)) return;
  std::string got(wire::message(std::get<trace::wire_fault>(shown.what).what));
  const octets data = seen.sent(shown.off, std::min<std::uint64_t>(shown.len, shown_octets + 1));
  if (!data.empty()) got += " Octets: " + in_quotes(data);
  add(broken, shown, std::move(expected), std::move(got));
}

bool verdicts::touches_accused(const trace::event& shown) {
  const std::uint64_t begin = shown.off;
  const std::uint64_t end = begin + std::max<std::uint64_t>(shown.len, 1);
  const auto after = accused_.lower_bound(end);
  if (after != accused_.begin() && std::prev(after)->second > begin) return true;
  accused_.emplace(begin, end);
  return false;
}

std::vector<finding> verdicts::take() {
  for (const auto& [id, place] : by_rule_) {
    const auto [index, count] = place;
    if (count > 1) found_[index].got += " (" + std::to_string(count) + " times on this connection)";
  }
  by_rule_.clear();
  accused_.clear();
  return std::exchange(found_, {});
}

bool is_about(sender who, const context& about) {
  return who == sender::either || (who == sender::client) == about.target_is_client;
}

const fault_rule* find_rule(const std::vector<fault_rule>& table,
                            wire_error error,
                            const context& about) {
  const auto row = std::ranges::find_if(
      table, [&](const fault_rule& one) { return one.error == error && is_about(one.who, about); });
  return row == table.end() ? nullptr : &*row;
}

std::string in_quotes(octet_view text) {
  return '"' + printable(text, shown_octets) + '"';
}

}  // namespace halley::checks
