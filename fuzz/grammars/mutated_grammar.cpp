#include "fuzz/grammars/mutated_grammar.hpp"

#include "base/bytes.hpp"
#include "fuzz/choices.hpp"
#include "fuzz/grammars/connect_grammar.hpp"
#include "fuzz/grammars/delivery.hpp"
#include "fuzz/grammars/grammar.hpp"
#include "fuzz/grammars/held_grammars.hpp"
#include "fuzz/grammars/http_grammar.hpp"
#include "fuzz/grammars/mutations.hpp"
#include "fuzz/grammars/pick.hpp"
#include "fuzz/grammars/websocket_grammar.hpp"
#include "fuzz/live/exchange.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace halley::fuzz {
namespace {

constexpr std::uint32_t most_mutations = 6;
/// Of a large corpus so many seeds are looked at for one of the right protocol.
constexpr std::size_t most_looked_at = 16;

/// What the grammar for the contract itself says.
exchange compose_plain(choices& from, const place& at, const corpus& known) {
  if (websocket_fits(at.contract)) return compose_websocket(from, at, known);
  if (sse_fits(at.contract)) return compose_sse(from, at, known);
  if (long_poll_fits(at.contract)) return compose_long_poll(from, at, known);
  if (stream_fits(at.contract)) return compose_stream(from, at, known);
  return compose_http(from, at, known);
}

std::string_view protocol_of(std::string_view contract) {
  return contract.substr(0, contract.find('.'));
}

const exchange* draw_seed(choices& from, const place& at, const corpus& known) {
  if (known.seeds.empty()) return nullptr;
  const std::size_t first = draw_position(from, known.seeds.size());
  for (std::size_t i = 0; i < std::min(most_looked_at, known.seeds.size()); ++i) {
    const exchange& seed = known.seeds[(first + i) % known.seeds.size()];
    if (protocol_of(seed.at.contract) == protocol_of(at.contract)) return &seed;
  }
  return nullptr;
}

exchange draw_base(choices& from, const place& at, const corpus& known) {
  const bool of_corpus = !known.seeds.empty() && from.draw(4) < 3;
  const exchange* seed = of_corpus ? draw_seed(from, at, known) : nullptr;
  return seed != nullptr ? moved_to(*seed, at) : compose_plain(from, at, known);
}

/// The write that holds an octet that is drawn, so that long ones are changed more often; null
/// where nothing is written.
act* draw_write(choices& from, exchange& made) {
  std::size_t size = 0;
  for (const act& one : made.acts)
    size += one.data.size();
  std::size_t position = draw_position(from, size);
  for (act& one : made.acts) {
    if (position < one.data.size()) return &one;
    position -= one.data.size();
  }
  return nullptr;
}

/// Overwrites octet `position` of all that is written.
void overwrite(exchange& made, std::size_t position, char with) {
  for (act& one : made.acts) {
    if (position < one.data.size()) {
      one.data[position] = with;
      return;
    }
    position -= one.data.size();
  }
}

/// A target may be a proxy, too: an absolute URI that a seed has, or a change has made, must not
/// lead it away from the place and from this machine.
void stay_here(exchange& made) {
  constexpr std::string_view mark = "://";
  const octets written = sent_by(made);
  for (std::size_t at = written.find(mark); at != octets::npos;
       at = written.find(mark, at + mark.size())) {
    const auto behind = std::string_view(written).substr(at + mark.size());
    const auto host = behind.substr(0, behind.find_first_of("/ \r\n:"));
    const bool here = !made.at.authority.empty() && behind.starts_with(made.at.authority);
    if (!here && !host.starts_with("127.") && !host.ends_with(".test")) overwrite(made, at, '_');
  }
}

bool ends(const exchange& made) {
  return !made.acts.empty() && made.acts.back().what != act::kind::write &&
         made.acts.back().what != act::kind::answer && made.acts.back().what != act::kind::pause;
}

}  // namespace

bool mutated_fits(std::string_view contract) {
  return !connect_fits(contract);
}

exchange compose_mutated(choices& from, const place& at, const corpus& known) {
  const std::uint32_t count = from.draw(most_mutations + 1);
  const delivery how = draw_delivery(from);
  exchange made = draw_base(from, at, known);
  octets other;
  for (std::uint32_t i = 0; i < count; ++i) {
    act* const where = draw_write(from, made);
    if (where == nullptr) break;
    if (other.empty() && i == 0) other = sent_by(draw_base(from, at, known));
    mutate(from, where->data, other);
  }
  if (count > 0) {
    made.deviations.emplace_back("mutated");
    // Who was cut off in the middle of something waits for the rest.
    if (!ends(made)) {
      then(made, act::kind::answer);
      then(made, act::kind::finish);
    }
  }
  stay_here(made);
  deliver(from, how, made);
  return made;
}

}  // namespace halley::fuzz
