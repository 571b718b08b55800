#pragma once

#include "base/bytes.hpp"
#include "base/fifo.hpp"
#include "checks/finding.hpp"
#include "trace/event.hpp"
#include "wire/http_message.hpp"
#include "wire/wire_error.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace halley::checks {

/// The events of one connection with what several checks ask of them.
/// Lifetime: refers to `events`.
class evidence {
public:
  explicit evidence(const std::vector<trace::event>& events) : events_(events) {}

  const std::vector<trace::event>& events() const { return events_; }

  /// At most `limit` octets of direction::in from `off` on; fewer where they were not recorded.
  octets sent(std::uint64_t off, std::uint64_t limit) const;

  /// The head in direction::in that the fault at `index` stands in: faults of a head come right
  /// before it. Null where there is none.
  const wire::response_head* response_of(std::size_t index) const;
  const wire::request_head* request_of(std::size_t index) const;

  /// The first frame, and the first Close frame, in direction::in behind `index`. Null where there
  /// is none.
  const trace::event* next_frame(std::size_t index) const;
  const trace::event* next_close(std::size_t index) const;

private:
  /// What the last search passed: nothing of its kind from `begin` on, until the event at `end`.
  /// Thousands of faults in front of one event cost one search.
  struct stretch {
    std::size_t begin = 1;
    std::size_t end = 0;
  };
  template <typename Wanted>
  const trace::event* next(std::size_t index, stretch& passed, Wanted is_wanted) const;
  const trace::event* head_of(std::size_t index) const;

  const std::vector<trace::event>& events_;
  mutable stretch to_frame_;
  mutable stretch to_close_;
  mutable stretch to_head_;
  /// Made when it is asked for: of most connections nobody asks.
  mutable std::optional<std::map<std::uint64_t, octet_view>> sent_;
};

/// Follows which request the next response answers. It knows nothing any more once the requests
/// break a rule: what the target made of them is then its own affair.
class exchanges {
public:
  explicit exchanges(const context& about)
      : requests_(about.target_is_client ? trace::direction::in : trace::direction::out) {}

  /// Called for every event, after it was judged. Lifetime: `one` outlives this.
  void see(const trace::event& one);

  /// The request that a response now would answer. Null where that is not known.
  const wire::request_head* asked() const;
  bool clear() const { return clear_; }

private:
  trace::direction requests_;
  bool clear_ = true;
  fifo<const wire::request_head*> unanswered_;
};

/// Whether the names of the head's fields can be trusted, so that a missing one is really missing.
/// Reads the faults in direction::in that precede a head.
class head_state {
public:
  /// Called for every event, after it was judged.
  void see(const trace::event& one);
  bool clean() const { return clean_; }

private:
  bool clean_ = true;
};

/// Collects findings: of each rule the first, with the count of all in `got`; of faults that share
/// an octet the first.
class verdicts {
public:
  void add(const rule& broken, const trace::event& shown, std::string expected, std::string got);
  /// A fault of the octets themselves: nothing where one of them was accused before.
  void add_fault(const rule& broken,
                 const trace::event& shown,
                 std::string expected,
                 const evidence& seen);
  std::vector<finding> take();

private:
  bool touches_accused(const trace::event& shown);

  std::vector<finding> found_;
  std::map<std::string, std::pair<std::size_t, std::uint64_t>> by_rule_;  // index and count
  std::map<std::uint64_t, std::uint64_t> accused_;                        // begin to end
};

/// Who can break a rule.
enum class sender { either, server, client };

bool is_about(sender who, const context& about);

/// A rule that a fault of the wire breaks.
struct fault_rule {
  wire::wire_error error;
  sender who;
  rule broken;
  std::string expected;
};

/// The first row of `table` for `error` that is about the judged side. Null where there is none.
const fault_rule* find_rule(const std::vector<fault_rule>& table,
                            wire::wire_error error,
                            const context& about);

/// `text` in double quotes, safe for terminals.
std::string in_quotes(octet_view text);

}  // namespace halley::checks
