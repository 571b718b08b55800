#include "fuzz/grammars/corpus_file.hpp"

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "base/printable.hpp"
#include "fuzz/grammars/delivery.hpp"
#include "fuzz/live/exchange.hpp"
#include "trace/output_file.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <ios>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace halley::fuzz {
namespace {

using json = nlohmann::json;
using ordered = nlohmann::ordered_json;

constexpr std::size_t most_problems = 20;
constexpr std::int64_t longest_pause_ms = 60'000;
constexpr int deepest = 4;
constexpr std::string_view how_to_get_one =
    "halley fuzz writes such lines; see what it found for examples";

struct word {
  std::string_view name;
  act::kind what;
};

constexpr auto words = std::to_array<word>({{"answer", act::kind::answer},
                                            {"finish", act::kind::finish},
                                            {"reset", act::kind::reset},
                                            {"close", act::kind::close}});

bool is_text(octet_view data) {
  return std::ranges::all_of(
      data, [](char c) { return (c >= ' ' && c <= '~') || c == '\r' || c == '\n' || c == '\t'; });
}

ordered act_json(const act& one) {
  if (one.what == act::kind::write)
    return is_text(one.data) ? ordered{{"write", one.data}} : ordered{{"hex", to_hex(one.data)}};
  if (one.what == act::kind::pause) return ordered{{"pause", one.length.count()}};
  return ordered(std::string(std::ranges::find(words, one.what, &word::what)->name));
}

/// Text that is no UTF-8 is never written by us, but may stand in a place that was recorded.
std::string dumped(const ordered& value) {
  return value.dump(-1, ' ', false, ordered::error_handler_t::replace);
}

/// Reads one line; the first thing that is wrong is kept.
class line_reader {
public:
  explicit line_reader(std::string& problem) : problem_(problem) {}

  std::optional<exchange> read(std::string_view line) {
    const json::parser_callback_t shallow = [this](int depth, json::parse_event_t, json&) {
      if (depth > deepest) fail("it is nested too deep");
      return depth <= deepest;
    };
    const json value = json::parse(line, shallow, false);
    if (value.is_discarded() || !value.is_object()) fail("it is no JSON object");
    if (!problem_.empty()) return std::nullopt;
    exchange made;
    made.at.contract = text_of(value, "contract");
    made.at.authority = text_of(value, "authority");
    made.at.path = text_of(value, "path");
    read_acts(value, made);
    if (const auto wrong = value.find("deviations"); wrong != value.end())
      read_deviations(*wrong, made);
    return problem_.empty() ? std::optional(std::move(made)) : std::nullopt;
  }

private:
  void fail(std::string text) {
    if (problem_.empty()) problem_ = std::move(text);
  }

  std::string text_of(const json& value, const char* name) {
    const auto found = value.find(name);
    if (found != value.end() && found->is_string()) return found->get<std::string>();
    fail("it has no text '" + std::string(name) + "'");
    return {};
  }

  void read_deviations(const json& names, exchange& made) {
    if (!names.is_array()) return fail("'deviations' is no list");
    for (const json& one : names) {
      if (!one.is_string()) return fail("a deviation is no text");
      made.deviations.push_back(one.get<std::string>());
    }
  }

  void read_acts(const json& value, exchange& made) {
    const auto acts = value.find("acts");
    if (acts == value.end() || !acts->is_array()) return fail("it has no list 'acts'");
    if (acts->size() > most_acts)
      return fail("it has more than " + std::to_string(most_acts) + " acts");
    std::size_t size = 0;
    for (const json& one : *acts) {
      made.acts.push_back(read_act(one));
      size += made.acts.back().data.size();
    }
    if (size > most_octets) fail("it has more than " + std::to_string(most_octets) + " octets");
  }

  act read_act(const json& one) {
    if (one.is_string()) {
      const auto name = one.get<std::string>();
      const auto* found = std::ranges::find(words, name, &word::name);
      if (found != words.end()) return {.what = found->what, .data = {}};
      fail("unknown act '" + printable(name, 40) + "'");
      return {};
    }
    if (!one.is_object() || one.size() != 1) {
      fail("an act is a word or an object with one member");
      return {};
    }
    return read_member(one.begin().key(), one.begin().value());
  }

  act read_member(const std::string& name, const json& value) {
    if (name == "write" && value.is_string())
      return {.what = act::kind::write, .data = value.get<std::string>()};
    if (name == "hex" && value.is_string()) {
      auto data = from_hex(value.get<std::string>());
      if (!data) fail("'hex' is not pairs of hexadecimal digits");
      return {.what = act::kind::write, .data = std::move(data).value_or("")};
    }
    if (name == "pause" && value.is_number_integer()) {
      const auto length = value.get<std::int64_t>();
      if (length < 0 || length > longest_pause_ms) fail("a pause is 0 to 60000 milliseconds");
      return {.what = act::kind::pause, .data = {}, .length = std::chrono::milliseconds(length)};
    }
    fail("unknown act '" + printable(name, 40) + "', or a value that it cannot have");
    return {};
  }

  std::string& problem_;
};

void add_problem(corpus_reading& to, corpus_problem one) {
  if (to.problems.size() < most_problems) to.problems.push_back(std::move(one));
}

/// Reads as much as a file may have, and one octet more where there is more.
std::optional<std::string> content_of(const std::filesystem::path& file, std::size_t most) {
  std::ifstream in(file, std::ios::binary);
  std::string text(most + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.eof() && in.fail()) return std::nullopt;
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

/// Returns: how many octets the file has.
std::size_t read_into(corpus_reading& to,
                      const std::filesystem::path& file,
                      const corpus_limits& limits) {
  const std::string name = printable(file.string());
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) {
    add_problem(to, {.file = name, .text = "cannot be read", .hint = "it is no file"});
    return 0;
  }
  // The size says how much to take at most; what stands there may change while it is read.
  const auto size = std::filesystem::file_size(file, error);
  const auto text = error || size > limits.file_octets
                        ? std::optional<std::string>()
                        : content_of(file, static_cast<std::size_t>(size));
  if (!text) {
    const bool large = !error && size > limits.file_octets;
    add_problem(to,
                {.file = name,
                 .text = large ? "is larger than " + std::to_string(limits.file_octets) + " octets"
                               : "cannot be read",
                 .hint = large ? "split it: one exchange a line" : ""});
    return 0;
  }
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < text->size();) {
    const std::size_t end = std::min(text->find('\n', begin), text->size());
    const std::string_view line = std::string_view(*text).substr(begin, end - begin);
    begin = end + 1;
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    std::string problem;
    auto made = from_line(line, problem);
    if (!made) {
      add_problem(
          to, {.file = name, .line = number, .text = problem, .hint = std::string(how_to_get_one)});
    } else if (to.known.seeds.size() < limits.seeds) {
      to.known.seeds.push_back(std::move(*made));
    } else {
      add_problem(to, {.file = name,
                       .line = number,
                       .text = "more than " + std::to_string(limits.seeds) + " exchanges",
                       .hint = "keep those that found something"});
      break;
    }
  }
  return text->size();
}

}  // namespace

std::string to_string(const corpus_problem& one) {
  std::string text = one.file + ':';
  if (one.line > 0) text += std::to_string(one.line) + ':';
  text += ' ' + one.text;
  if (!one.hint.empty()) text += " (" + one.hint + ')';
  return text;
}

std::string to_line(const exchange& what) {
  ordered line = {
      {"contract", what.at.contract}, {"authority", what.at.authority}, {"path", what.at.path}};
  auto acts = ordered::array();
  for (const act& one : what.acts)
    acts.push_back(act_json(one));
  line["acts"] = std::move(acts);
  if (!what.deviations.empty()) line["deviations"] = what.deviations;
  return dumped(line);
}

std::optional<exchange> from_line(std::string_view line, std::string& problem) {
  problem.clear();
  return line_reader(problem).read(line);
}

std::string write_exchanges(const std::filesystem::path& file, const std::vector<exchange>& what) {
  trace::output_file to;
  if (auto failure = to.open(file, trace::output_file::if_exists::replace); !failure.empty())
    return failure;
  std::string text;
  for (const exchange& one : what)
    text += to_line(one) + '\n';
  return to.write(text);
}

corpus_reading read_exchanges(const std::filesystem::path& file, const corpus_limits& limits) {
  corpus_reading result;
  read_into(result, file, limits);
  return result;
}

corpus_reading read_corpus(const std::filesystem::path& folder, const corpus_limits& limits) {
  corpus_reading result;
  std::error_code error;
  std::vector<std::filesystem::path> files;
  std::filesystem::recursive_directory_iterator at(folder, error);
  for (; !error && at != std::filesystem::recursive_directory_iterator(); at.increment(error)) {
    if (at->path().filename().string().ends_with(exchange_suffix)) files.push_back(at->path());
    if (files.size() > limits.files) break;
  }
  if (error)
    add_problem(result, {.file = printable(folder.string()),
                         .text = error.message(),
                         .hint = "a corpus is a folder of *.exchange.json"});
  if (files.size() > limits.files) {
    add_problem(result, {.file = printable(folder.string()),
                         .text = "holds more than " + std::to_string(limits.files) + " files",
                         .hint = "join them: one exchange a line"});
    return result;
  }
  std::ranges::sort(files);
  std::size_t size = 0;
  for (const auto& file : files) {
    size += read_into(result, file, limits);
    if (size <= limits.all_octets) continue;
    add_problem(result, {.file = printable(file.string()),
                         .text = "with it the corpus is larger than " +
                                 std::to_string(limits.all_octets) + " octets",
                         .hint = "keep those that found something"});
    break;
  }
  return result;
}

}  // namespace halley::fuzz
