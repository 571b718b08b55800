// Property: whatever clients and an origin say, in whichever pieces and at whichever time, and
// however they leave, the reference gateway keeps to what fuzz/gateway_talks/trial.hpp says: each
// connection ends, nothing it says breaks a rule, and each Comet stream has one terminal event.
// The input is drawn from as choices; each has a simulated world of its own.
#include "base/bytes.hpp"
#include "fuzz/choices.hpp"
#include "fuzz/gateway_talks/script.hpp"
#include "fuzz/gateway_talks/trial.hpp"
#include "fuzz/targets/require.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace halley;
  const octet_view input(reinterpret_cast<const char*>(data), size);
  const auto script = fuzz::read_script(fuzz::choices(input));
  const auto wrong = fuzz::try_gateway(script, {});
  fuzz::require(wrong.empty(), wrong + fuzz::to_text(script));
  return 0;
}
