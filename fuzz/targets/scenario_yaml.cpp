// Property: any text is read as a scenario, fragment, ledger, profile, baseline, table or frozen
// suite, or refused with a problem that names line and column; neither takes more than a bounded
// multiple of the text.
#include "base/bytes.hpp"
#include "fuzz/targets/require.hpp"
#include "scenario/baseline.hpp"
#include "scenario/compatibility.hpp"
#include "scenario/decoding.hpp"
#include "scenario/files.hpp"
#include "scenario/frozen_suite.hpp"
#include "scenario/load.hpp"
#include "scenario/profile.hpp"
#include "scenario/scenario.hpp"
#include "scenario/value.hpp"
#include "scenario/yaml_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace {

using halley::fuzz::require;
namespace scenario = halley::scenario;

template <class T>
void decode(const scenario::decoder<T>& how,
            const scenario::value& tree,
            scenario::decoding& with) {
  T into;
  const bool good = how.decode(tree, into, with);
  require(good || !with.problems.empty(), "what is refused is said");
}

void decode_as(unsigned kind, const scenario::value& tree, scenario::decoding& with) {
  switch (kind) {
    case 0:
      decode(scenario::scenario_file(), tree, with);
      break;
    case 1:
      decode(scenario::fragment_file(), tree, with);
      break;
    case 2:
      decode(scenario::ledger_file(), tree, with);
      break;
    case 3:
      decode(scenario::profile_file(), tree, with);
      break;
    case 4:
      decode(scenario::baseline_file(), tree, with);
      break;
    default:
      decode(scenario::compatibility_file(), tree, with);
  }
}

void check(const scenario::problem& one) {
  require(one.at.line >= 1 && one.at.column >= 1, "a problem has line and column");
  require(!one.text.empty(), "a problem has a text");
  for (const char c : scenario::to_text(one)) {
    const auto octet = static_cast<unsigned char>(c);
    require((octet >= 0x20 && octet != 0x7F) || c == '\n', "a problem has no control characters");
  }
}

/// Suites are read from files alone.
void read_suite(const std::string& text, std::vector<scenario::problem>& problems) {
  static const int file = ::memfd_create("suite", MFD_CLOEXEC);
  require(file >= 0 && ::ftruncate(file, 0) == 0, "there is a file in memory");
  const auto written = ::pwrite(file, text.data(), text.size(), 0);
  require(written == static_cast<ssize_t>(text.size()), "the file is written");
  const auto read = scenario::load_frozen_suite("/proc/self/fd/" + std::to_string(file), problems);
  require(!problems.empty() || !read.scenarios.empty(), "a suite without scenarios is refused");
}

}  // namespace

/// The first octet chooses the kind of the file, the others are its text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr unsigned kinds = 7;
  constexpr unsigned suite = 6;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  static const auto name = std::make_shared<const std::string>("x.yaml");
  scenario::decoding with;
  if (data[0] % kinds == suite) {
    read_suite(text, with.problems);
    for (const auto& one : with.problems)
      check(one);
    return 0;
  }
  // Aliases may stand for much more than the text has octets.
  constexpr std::size_t few_nodes = 10'000;
  scenario::yaml_limits limits;
  limits.expanded_nodes = few_nodes;
  const auto tree = scenario::read_yaml(text, name, with.problems, limits);
  require(tree || !with.problems.empty(), "what cannot be read is said");
  if (tree) decode_as(data[0] % kinds, *tree, with);
  constexpr std::size_t of_one_node = 64;
  require(with.problems.size() <= of_one_node * (size + few_nodes), "problems are bounded");
  for (const auto& one : with.problems)
    check(one);
  return 0;
}
