// The maps of cases to our scenarios: which of ours says what one of another suite said, or shows
// one of the ways in which connections die.
#include "scenario/load.hpp"
#include "scenario/matrix.hpp"
#include "scenario/value.hpp"
#include "scenario/yaml_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::cli {
namespace {

constexpr int all_combinations = 0;

/// How many cases a group has.
struct group {
  std::string_view id;
  int cases;
};

/// Autobahn|Testsuite: the ids are the group's with a point and 1, 2, … behind it.
constexpr auto autobahn_groups = std::to_array<group>({
    {"1.1", 8},   {"1.2", 8},   {"2", 11},    {"3", 7},     {"4.1", 5},   {"4.2", 5},
    {"5", 20},    {"6.1", 3},   {"6.2", 4},   {"6.3", 2},   {"6.4", 4},   {"6.5", 5},
    {"6.6", 11},  {"6.7", 4},   {"6.8", 2},   {"6.9", 4},   {"6.10", 3},  {"6.11", 5},
    {"6.12", 8},  {"6.13", 5},  {"6.14", 10}, {"6.15", 1},  {"6.16", 3},  {"6.17", 5},
    {"6.18", 5},  {"6.19", 5},  {"6.20", 7},  {"6.21", 8},  {"6.22", 34}, {"6.23", 7},
    {"7.1", 6},   {"7.3", 6},   {"7.5", 1},   {"7.7", 13},  {"7.9", 9},   {"7.13", 2},
    {"9.1", 6},   {"9.2", 6},   {"9.3", 9},   {"9.4", 9},   {"9.5", 6},   {"9.6", 6},
    {"9.7", 6},   {"9.8", 6},   {"10.1", 1},  {"12.1", 18}, {"12.2", 18}, {"12.3", 18},
    {"12.4", 18}, {"12.5", 18}, {"13.1", 18}, {"13.2", 18}, {"13.3", 18}, {"13.4", 18},
    {"13.5", 18}, {"13.6", 18}, {"13.7", 18},
});

/// Http11Probe: the ids are the group's with a hyphen and a name behind it.
constexpr auto probe_groups = std::to_array<group>({
    {"RFC9110", 2},
    {"RFC9112", 10},
    {"COMP", 44},
    {"SMUG", 66},
    {"MAL", 18},
    {"NORM", 5},
    {"CAP", 9},
    {"COOK", 8},
});

/// The ways in which connections die: the ids are DC- and a group's letter with two digits behind
/// it. Numbers that are missing never were.
constexpr auto disconnect_groups = std::to_array<std::pair<char, std::string_view>>({
    {'A', "01 02 03 05 06 07 08 09 10 11 13 16 18 19"},
    {'B', "01 02 03 04 05 06 07 08 09 10 11 13 14"},
    {'C', "01 02 03 04 06 07 08 09 10 12 13 14 15 16 17 21 22 23 24 25 26 28 29 30 32 33"},
    {'D', "01 02 03 04 05 06 07 08 09 11 13 14"},
    {'E', "02 05 06 08 09 10"},
    {'F', "02 05 06 08 09 10 11 12 13 14"},
});

/// CONNECT: the ids are CN- with two digits behind it. Numbers that are missing never were.
constexpr std::string_view connect_numbers =
    "01 02 03 05 06 07 08 10 12 13 14 16 17 18 19 21 22 23 24 25 26 27 29 30 31 32 33 34 35 "
    "41 42 44 45 46 47 48";

void add_numbered(std::set<std::string>& ids, const std::string& front, std::string_view numbers) {
  std::istringstream in{std::string(numbers)};
  for (std::string number; in >> number;)
    ids.insert(front + number);
}

std::set<std::string> all_connect_cases() {
  std::set<std::string> ids;
  add_numbered(ids, "CN-", connect_numbers);
  return ids;
}

/// Long polling: the ids are LP- and a number.
constexpr std::string_view longpoll_numbers =
    "001 002 003 004 005 006 010 011 012 020 021 022 023 024 030 031 032 033 040 041 042 043 "
    "050 051 052 060 061 062 063 064 070 071 072 080 081 082 083 084 085 086 087 088 089 090 "
    "091 092 093 094 095 096 097 098 099 100 101 102 103 104 105 106 110 111 112 113 114 115 "
    "120 121 122 123 124 125 126 127 128";

/// Event streams: SSE-P- of what clients read, SSE-C- of what they do, SSE-S- of servers, SSE-G- of
/// what stands in front of them, and a number.
constexpr std::string_view sse_reader_numbers =
    "001 002 003 004 005 006 007 009 010 011 012 013 020 022 023 024 025 026 031 033 041 042 "
    "043 045 047 048 049 050 062 064 066 067 070 072 073 074 076 077 078 080 082 083 085 086 "
    "087 088 090 100 103 104 105 106 110 120 121 122 123 124 132 133 135 136 137";
constexpr std::string_view sse_client_numbers =
    "001 002 005 006 008 009 010 011 014 015 016 017 020 021 024 025 028 029 031 032 040 041 "
    "042 043 047 048 049 050 051 052 053 054 056 057 058 060 061 062 063 064 065 070 074 075 "
    "076 078 079 082 083 088 090 092 093 094 100 103 104 107 108 109 110";
constexpr std::string_view sse_server_numbers =
    "002 003 004 007 009 010 011 012 013 015 018 019 020 021 022 023 024 025 026 027 028 032 "
    "033 034 036 039 040 042 045";
constexpr std::string_view sse_gateway_numbers = "001 002 004 005 006 007 008 009 011";

std::set<std::string> all_disconnect_cases() {
  std::set<std::string> ids;
  for (const auto& [group, numbers] : disconnect_groups)
    add_numbered(ids, std::string("DC-") + group, numbers);
  return ids;
}

std::set<std::string> all_longpoll_cases() {
  std::set<std::string> ids;
  add_numbered(ids, "LP-", longpoll_numbers);
  return ids;
}

std::set<std::string> all_sse_cases() {
  std::set<std::string> ids;
  add_numbered(ids, "SSE-P-", sse_reader_numbers);
  add_numbered(ids, "SSE-C-", sse_client_numbers);
  add_numbered(ids, "SSE-S-", sse_server_numbers);
  add_numbered(ids, "SSE-G-", sse_gateway_numbers);
  return ids;
}

std::set<std::string> all_autobahn_cases() {
  std::set<std::string> ids;
  for (const auto& one : autobahn_groups)
    for (int number = 1; number <= one.cases; ++number)
      ids.insert(std::string(one.id) + "." + std::to_string(number));
  return ids;
}

struct entry {
  std::string theirs;
  std::vector<std::string> ours;
  std::string why;  // why there is none of ours
};

std::string word(const scenario::value& what) {
  return what.text() == nullptr ? "no text" : *what.text();
}

/// The reason of an entry that says nothing but `why`.
std::string reason(const scenario::value& what) {
  if (what.map() == nullptr || what.map()->size() != 1) return {};
  const auto& [key, words] = *what.map()->begin();
  return key == "why" ? word(words) : std::string{};
}

std::vector<entry> read_map(const std::string& name) {
  const std::string file = HALLEY_SOURCE_DIR "/scenarios/" + name;
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  std::vector<scenario::problem> problems;
  const auto tree = scenario::read_yaml(text, std::make_shared<const std::string>(file), problems);
  for (const auto& one : problems)
    ADD_FAILURE() << scenario::to_text(one);
  std::vector<entry> result;
  if (!tree || tree->map() == nullptr) return result;
  for (const auto& [key, what] : *tree->map()) {
    if (key == "map") continue;
    entry one{.theirs = key, .ours = {}, .why = reason(what)};
    if (what.list() == nullptr) {
      if (one.why.empty()) one.ours.push_back(word(what));
    } else {
      for (const auto& id : *what.list())
        one.ours.push_back(word(id));
    }
    result.push_back(std::move(one));
  }
  return result;
}

/// Every id that a map may name: of a scenario, and of each of its instances at full strength.
const std::set<std::string>& all_of_ours() {
  static const std::set<std::string> all = [] {
    const auto library = scenario::load_library(HALLEY_SOURCE_DIR "/scenarios");
    EXPECT_TRUE(library.problems.empty());
    std::set<std::string> ids;
    for (const auto& one : library.scenarios) {
      ids.insert(one->id);
      for (const auto& instance : scenario::expand(one, all_combinations, 1))
        ids.insert(instance.id);
    }
    return ids;
  }();
  return all;
}

/// The cases of a map, each of which stands there once.
std::set<std::string> cases_of(const std::vector<entry>& map) {
  std::set<std::string> seen;
  for (const auto& one : map)
    EXPECT_TRUE(seen.insert(one.theirs).second) << one.theirs;
  return seen;
}

void expect_answers(const std::vector<entry>& map) {
  for (const auto& one : map) {
    EXPECT_NE(one.ours.empty(), one.why.empty()) << one.theirs;
    for (const auto& id : one.ours)
      EXPECT_TRUE(all_of_ours().contains(id)) << one.theirs << ": " << id;
  }
}

struct case_map {
  std::string_view file;  // below scenarios/
  std::size_t cases;
  std::set<std::string> (*all)();  // null where the ids have names: only their number is known
};

constexpr auto maps = std::to_array<case_map>({
    {"websocket/autobahn-map.yaml", 517, all_autobahn_cases},
    {"http/http11probe-map.yaml", 162, nullptr},
    {"disconnect/disconnect-map.yaml", 81, all_disconnect_cases},
    {"connect/connect-map.yaml", 36, all_connect_cases},
    {"longpoll/longpoll-map.yaml", 75, all_longpoll_cases},
    {"sse/sse-map.yaml", 162, all_sse_cases},
});

TEST(case_maps, have_every_case_once_and_nothing_else) {
  for (const auto& one : maps) {
    SCOPED_TRACE(one.file);
    const auto seen = cases_of(read_map(std::string(one.file)));
    EXPECT_EQ(seen.size(), one.cases);
    if (one.all != nullptr) EXPECT_EQ(seen, one.all());
  }
}

TEST(case_maps, have_as_many_of_a_named_group_as_it_has) {
  const auto seen = cases_of(read_map("http/http11probe-map.yaml"));
  for (const auto& one : probe_groups) {
    const std::string front = std::string(one.id) + "-";
    const auto count = std::ranges::count_if(
        seen, [&front](const std::string& id) { return id.starts_with(front); });
    EXPECT_EQ(count, one.cases) << one.id;
  }
}

// One test for all: reading the library is what takes its time.
TEST(case_maps, name_scenarios_and_instances_that_there_are_or_say_why_not) {
  for (const auto& one : maps) {
    SCOPED_TRACE(one.file);
    expect_answers(read_map(std::string(one.file)));
  }
}

}  // namespace
}  // namespace halley::cli
