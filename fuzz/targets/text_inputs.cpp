// Property: whatever text is given as an address, a filter, a rule of a network, a duration, a
// size, a shard, a pattern or an expression, it is understood or refused; what was understood and
// is written again reads the same; what is shown of it holds no control characters.
// The first octet chooses what the text is.
#include "base/bytes.hpp"
#include "base/glob.hpp"
#include "base/printable.hpp"
#include "base/units.hpp"
#include "engine/address.hpp"
#include "engine/environment.hpp"
#include "engine/selection.hpp"
#include "engine/shard.hpp"
#include "fuzz/targets/require.hpp"
#include "inspect/event_filter.hpp"
#include "reference-server/client/web_address.hpp"
#include "scenario/scenario.hpp"
#include "scenario/value.hpp"
#include "transport/path_text.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace {

using namespace halley;
using fuzz::require;

void try_address(std::string_view text) {
  if (const auto read = engine::parse_address(text)) {
    require(!read->host.empty() && !read->path.empty(), "an address has a host and a path");
    const auto where = engine::to_endpoint(*read);
    require(!where || where->port == read->port, "an endpoint has the port of its address");
  }
  for (const auto& read : {gateway::parse_web_address(text), gateway::parse_http_address(text)}) {
    const auto* const why = std::get_if<std::string>(&read);
    require(why == nullptr || !why->empty(), "what is no address is said");
  }
}

scenario::instance some_instance() {
  auto one = std::make_shared<scenario::scenario>();
  one->id = "ws/frame/unmasked";
  one->tags = {"slow", "a"};
  scenario::instance result;
  result.of = std::move(one);
  result.id = "ws/frame/unmasked[opcode=text,size=1]";
  return result;
}

void try_filter(std::string_view text) {
  static const scenario::instance one = some_instance();
  std::string problem;
  const auto wanted = engine::parse_filter(text, problem);
  require(wanted.has_value() == problem.empty(), "a filter is read, or what is wrong is said");
  if (!wanted) return;
  const bool fits = (*wanted)(one);
  require((*wanted)(one) == fits, "a filter says the same again");
  static_cast<void>(engine::parse_tags(text)(one));
}

void try_event_filter(std::string_view text) {
  std::string problem;
  const auto filter = inspect::event_filter::parse(text, problem);
  if (!problem.empty()) return;
  inspect::event_facts facts;
  facts.protocol = "ws";
  facts.type = "text";
  facts.flow = 3;
  facts.length = text.size();
  facts.text = text;
  const bool fits = filter.fits(facts);
  require(!filter.empty() || fits, "no words fit everything");
}

void try_rule(std::string_view text) {
  std::string problem;
  if (const auto read = transport::parse_path(text, problem)) {
    const auto written = transport::to_text(*read);
    const auto again = transport::parse_path(written, problem);
    require(written.empty() || (again && *again == *read), "a path reads as written: " + written);
  } else {
    require(!problem.empty(), "what is wrong with a path is said");
  }
  problem.clear();
  const auto rule = transport::parse_rule(text, problem);
  require(rule || !problem.empty(), "what is wrong with a rule is said");
  if (!rule) return;
  const auto written = transport::to_text(*rule);
  const auto again = transport::parse_rule(written, problem);
  require(again && transport::to_text(*again) == written, "a rule reads as written: " + written);
}

void try_units(std::string_view text) {
  if (const auto length = parse_duration(text); length && length->count() >= 0)
    require(parse_duration(duration_text(*length)) == length, "a duration reads as written");
  if (const auto size = parse_size(text))
    require(parse_size(size_text(*size)) == size, "a size reads as written");
  if (const auto part = engine::parse_shard(text))
    require(part->i >= 1 && part->i <= part->n && part->n <= 1000, "a shard is one of its parts");
}

void try_pattern(std::string_view text) {
  const auto middle = text.size() / 2;
  path_matches(text.substr(0, middle), text.substr(middle));
  require(path_matches("**", text), "** fits everything");
  instance_matches(text.substr(0, middle), text.substr(middle));
  instance_matches(text, "ws/frame/unmasked[opcode=text,size=1]");
}

void try_expression(std::string_view text) {
  engine::environment variables(1);
  variables.set_text("key", "abc");
  variables.set_integer("n", 7);
  variables.set("list", scenario::value(scenario::value_list{scenario::value(std::int64_t{1})}));
  variables.set_endpoints([](std::string_view name, const engine::environment&) {
    return name == "ws.echo" ? std::optional<std::string>("ws://127.0.0.1:9001/echo")
                             : std::nullopt;
  });
  try {
    const auto made = variables.resolve_text(text);
    require(made.size() <= 4096 + text.size() * 1024, "an expression stands for little");
  } catch (const engine::bad_expression&) {
  } catch (const engine::missing_endpoint&) {
  }
}

void try_printable(std::string_view text) {
  for (const char c : printable(text, text.size() + 1)) {
    const auto octet = static_cast<unsigned char>(c);
    require(octet >= 0x20 && octet != 0x7F, "what is shown has no control characters");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  // A heap buffer of exactly the text's size: a sanitizer sees an over-read by one octet.
  const std::vector<char> exact(data + 1, data + size);
  const std::string_view text(exact.data(), exact.size());
  using trying = void (*)(std::string_view);
  constexpr auto all =
      std::to_array<trying>({try_address, try_filter, try_event_filter, try_rule, try_units,
                             try_pattern, try_expression, try_printable});
  all.at(data[0] % all.size())(text);
  return 0;
}
