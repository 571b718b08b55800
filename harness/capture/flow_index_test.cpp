#include "capture/flow_index.hpp"

#include "base/random.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>

namespace halley::capture {
namespace {

struct numbered {
  std::uint64_t key = 0;
};

TEST(flow_index, holds_what_a_map_holds_even_where_all_hashes_are_near_each_other) {
  for (const std::uint64_t spread : {1U, 3U, 1000U}) {
    const auto hash = [&](std::uint64_t key) { return ~std::uint64_t{0} - key % spread; };
    random_source random(spread);
    flow_index<numbered> index;
    std::map<std::uint64_t, numbered*> model;
    for (int step = 0; step < 5000; ++step) {
      const std::uint64_t key = random.below(200);
      const auto known = model.find(key);
      ASSERT_EQ(index.find(key, hash(key)), known == model.end() ? nullptr : known->second);
      if (known == model.end()) {
        auto made = std::make_unique<numbered>(numbered{key});
        model[key] = made.get();
        index.insert(std::move(made), hash(key));
      } else if (random.below(2) == 0) {
        EXPECT_EQ(index.take(*known->second, hash(key)).get(), known->second);
        model.erase(known);
      }
      ASSERT_EQ(index.size(), model.size());
    }
    for (const auto& [key, one] : model)
      EXPECT_EQ(index.find(key, hash(key)), one);
    std::size_t count = 0;
    index.each([&](const numbered&) { ++count; });
    EXPECT_EQ(count, model.size());
  }
}

}  // namespace
}  // namespace halley::capture
