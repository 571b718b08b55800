#include "fuzz/live/notebook.hpp"

#include "base/printable.hpp"
#include "fuzz/live/suspicion.hpp"

#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace halley::fuzz {
namespace {

using json = nlohmann::json;

constexpr std::uintmax_t most_octets = std::uintmax_t{64} << 20U;
constexpr std::size_t most_lines = 100'000;
constexpr std::size_t most_choices = 4096;

json to_json(const notebook::kept& what) {
  return {{"grammar", what.grammar}, {"contract", what.contract}, {"choices", what.drawn}};
}

bool read_text(const json& from, const char* name, std::string& into) {
  const auto found = from.find(name);
  if (found == from.end() || !found->is_string()) return false;
  into = found->get<std::string>();
  return true;
}

bool read_kept(const json& from, notebook::kept& into) {
  if (!from.is_object() || !read_text(from, "grammar", into.grammar) ||
      !read_text(from, "contract", into.contract))
    return false;
  const auto choices = from.find("choices");
  if (choices == from.end() || !choices->is_array() || choices->size() > most_choices) return false;
  for (const auto& one : *choices) {
    if (!one.is_number_unsigned() ||
        one.get<std::uint64_t>() > std::numeric_limits<std::uint32_t>::max())
      return false;
    into.drawn.push_back(one.get<std::uint32_t>());
  }
  return true;
}

bool read_found(const json& from, notebook::found& into) {
  return read_kept(from, into.choices) && read_text(from, "requirement", into.key.requirement) &&
         read_text(from, "variant", into.key.variant);
}

/// Returns: whether the line is one of a notebook.
bool read_line(const json& line, notebook::content& into) {
  if (!line.is_object() || line.size() != 1) return false;
  const auto only = line.begin();
  const std::string& name = only.key();
  const json& body = only.value();
  if (name == "kept") return read_kept(body, into.all_kept.emplace_back());
  if (name == "found") return read_found(body, into.all_found.emplace_back());
  if (name != "played" || !body.is_number_unsigned()) return false;
  into.played = body.get<std::uint64_t>();
  return true;
}

}  // namespace

notebook::~notebook() {
  if (file_ >= 0) ::close(file_);
}

std::string notebook::open(const std::filesystem::path& file) {
  std::error_code failed;
  std::filesystem::create_directories(file.parent_path(), failed);
  if (failed) return file.parent_path().string() + ": " + failed.message();
  file_ = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  return file_ >= 0 ? std::string() : file.string() + ": " + std::generic_category().message(errno);
}

/// A line that cannot be written is one that is missed when the campaign is taken up again.
void notebook::add(const std::string& line) {
  if (file_ < 0) return;
  const std::string whole = line + '\n';
  [[maybe_unused]] const auto written = ::write(file_, whole.data(), whole.size());
}

void notebook::keep(const kept& what) {
  add(json{{"kept", to_json(what)}}.dump());
}

void notebook::note(const found& what) {
  auto body = to_json(what.choices);
  body["requirement"] = what.key.requirement;
  body["variant"] = what.key.variant;
  add(json{{"found", std::move(body)}}.dump(-1, ' ', false, json::error_handler_t::replace));
}

void notebook::note_played(std::uint64_t count) {
  add(json{{"played", count}}.dump());
}

std::string read_notebook(const std::filesystem::path& file, notebook::content& into) {
  std::error_code failed;
  const auto size = std::filesystem::file_size(file, failed);
  if (failed) return file.string() + ": " + failed.message();
  if (size > most_octets) return file.string() + ": over 64 MiB: this is no notebook of a search";
  std::ifstream in(file, std::ios::binary);
  std::string text;
  for (std::size_t line = 1; std::getline(in, text); ++line) {
    if (in.eof()) break;  // torn: its LF is missing
    if (line > most_lines) return file.string() + ": more than 100000 lines";
    const auto parsed = json::parse(text, nullptr, false);
    if (parsed.is_discarded() || !read_line(parsed, into))
      return file.string() + ":" + std::to_string(line) +
             ":1: no line of a notebook; wanted {\"kept\": …}, {\"found\": …} or {\"played\": N}, "
             "not " +
             printable(text, 60);
  }
  return {};
}

}  // namespace halley::fuzz
