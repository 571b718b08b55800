#include "fuzz/live/trimmer.hpp"

#include "base/bytes.hpp"
#include "fuzz/live/exchange.hpp"

#include <gtest/gtest.h>

#include <cstddef>

namespace halley::fuzz {
namespace {

act writes(const octets& data) {
  return {act::kind::write, data, {}};
}

exchange talk() {
  return {{"http.root", "127.0.0.1:80", "/"},
          {writes("GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n"),
           {act::kind::pause, {}, {}},
           writes("Bad : 2\r\n"),
           writes("\r\nabcdefgh"),
           {act::kind::finish, {}, {}}},
          {}};
}

TEST(Trimmer, LeavesOutWhatTheFindingDoesNotNeed) {
  const auto small = trim(talk(), [](const exchange& one) {
    const octets sent = sent_by(one);
    return sent.find("GET /") == 0 && sent.find("Bad :") != octets::npos;
  });
  ASSERT_EQ(small.acts.size(), 1U);
  EXPECT_EQ(small.acts.front().data, "GET /Bad :");
}

TEST(Trimmer, KeepsEverythingWhereNothingSmallerShowsIt) {
  EXPECT_EQ(trim(talk(), [](const exchange&) { return false; }), talk());
}

TEST(Trimmer, EndsWhereEverythingShowsIt) {
  std::size_t asked = 0;
  const auto small = trim(talk(), [&asked](const exchange&) { return ++asked < 10'000; });
  EXPECT_TRUE(small.acts.empty());
  EXPECT_LT(asked, 100U);
}

}  // namespace
}  // namespace halley::fuzz
