#include "fuzz/exporter.hpp"

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "fuzz/outcome.hpp"
#include "fuzz/scenario_writer.hpp"
#include "scenario/load.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

namespace halley::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t name_digits = 8;

std::string hash_of(const std::vector<std::uint32_t>& drawn) {
  octets text;
  for (const auto one : drawn)
    text += static_cast<char>(one);
  return name_of(stable_hash(text));
}

/// Whether the file says what was found. Returns: what is wrong with it, else nothing.
std::string confirm(const fs::path& file, const finding& shown, const play_again& play) {
  const auto library = scenario::load_library({}, {file});
  if (!library.problems.empty()) return to_text(library.problems.front());
  if (library.scenarios.size() != 1) return file.string() + ": no scenario was read";
  const auto ended = play(library.scenarios.front());
  if (!ended.broken.empty()) return file.string() + ": " + ended.broken;
  if (!ended.found) return file.string() + ": passes when it is read back";
  if (!ended.found->same_as(shown))
    return file.string() + ": shows " + ended.found->requirement + " instead of " +
           shown.requirement;
  return {};
}

}  // namespace

std::string name_of(std::uint64_t hash) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(),
                                 hash | std::uint64_t{1} << 63U, 16);
  return std::string(digits.data(), end.ptr).substr(digits.size() - name_digits);
}

std::string write_whole(const fs::path& file, const std::string& text) {
  std::error_code failed;
  fs::create_directories(file.parent_path(), failed);
  if (failed) return file.parent_path().string() + ": " + failed.message();
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  return out ? std::string() : file.string() + ": cannot be written";
}

exported export_finding(const scenario_writer& found,
                        const origin& from,
                        const finding& shown,
                        const play_again& play,
                        const fs::path& folder) {
  exported result;
  result.file = folder / (from.model + "-" + hash_of(from.choices) + ".scenario.yaml");
  result.problem = write_whole(result.file, found.yaml(&from));
  if (!result.problem.empty()) return result;
  result.problem = confirm(result.file, shown, play);
  result.is_ours = !result.problem.empty();
  return result;
}

}  // namespace halley::fuzz
