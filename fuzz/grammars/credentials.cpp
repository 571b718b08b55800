#include "fuzz/grammars/credentials.hpp"

#include "fuzz/choices.hpp"
#include "fuzz/grammars/pick.hpp"
#include "fuzz/grammars/request_draft.hpp"
#include "fuzz/live/exchange.hpp"

#include <array>
#include <string>
#include <string_view>

namespace halley::fuzz {

void draw_credentials(choices& from, const place& at, request_draft& draft) {
  static constexpr auto values = std::to_array<std::string_view>(
      {"Basic aGFsbGV5OnNlY3JldA==", "Basic aGFsbGV5Ondyb25n", "Basic !", "Basic", "Bearer x",
       "basic aGFsbGV5OnNlY3JldA==", "Basic aGFsbGV5"});
  static constexpr auto origins = std::to_array<std::string_view>(
      {"http://app.halley.test:8080", "http://other.halley.test", "null", "", "file://",
       "http://APP.halley.test:8080", "http://app.halley.test:8080 x"});
  if (at.contract.find("guarded") == std::string::npos) return;
  if (from.draw(8) < 7)
    draft.add("Authorization", once_in(from, 4) ? pick(from, values) : values.front());
  if (once_in(from, 4)) draft.set("Origin", pick(from, origins));
  if (once_in(from, 16)) draft.add("Cookie", "halley=1; x");
}

}  // namespace halley::fuzz
