#include "fuzz/oracles/rules.hpp"

#include "checks/finding.hpp"
#include "scenario/load.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace halley::fuzz {
namespace {

TEST(oracle_rules, stand_in_the_ledger_with_their_section_and_level) {
  const auto library = scenario::load_library(HALLEY_SOURCE_DIR "/scenarios");
  ASSERT_TRUE(library.problems.empty());
  std::set<std::string> names;
  for (const checks::rule& one : ledger_rules()) {
    EXPECT_TRUE(names.insert(one.id).second) << one.id;
    const auto row = std::ranges::find(library.ledger, one.id, &scenario::ledger_entry::id);
    ASSERT_NE(row, library.ledger.end()) << one.id;
    EXPECT_EQ(row->ref, one.ref) << one.id;
    EXPECT_EQ(static_cast<int>(row->weight), static_cast<int>(one.level)) << one.id;
    EXPECT_EQ(row->says, one.says) << one.id;
  }
}

}  // namespace
}  // namespace halley::fuzz
