// Property: whatever sequence of legal commands a model of fuzz/models draws from the input, the
// reference gateway as it is answers each as the model expects. The first octet chooses the model.
#include "base/bytes.hpp"
#include "fuzz/choices.hpp"
#include "fuzz/models/all_models.hpp"
#include "fuzz/scenario_writer.hpp"
#include "fuzz/search.hpp"
#include "fuzz/sim_runner.hpp"
#include "fuzz/targets/require.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace halley;
  if (size == 0) return 0;
  constexpr std::size_t most_commands = 32;
  constexpr std::uint64_t seed = 1;
  const auto& model = fuzz::all_models()[data[0] % fuzz::all_models().size()];
  const octet_view drawn(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto made = fuzz::compose(model, fuzz::choices(drawn), most_commands);
  if (!made.written.judges()) return 0;
  static fuzz::sim_runner runner({});
  const auto ended = runner.play(made.written.decoded(), seed);
  fuzz::require(ended.broken.empty(), ended.broken + '\n' + made.written.yaml());
  if (ended.found)
    fuzz::require(false, ended.found->requirement + ": expected " + ended.found->expected +
                             ", got " + ended.found->got + '\n' + made.written.yaml());
  return 0;
}
