#include "reports/html.hpp"

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "base/printable.hpp"
#include "reports/run_json.hpp"
#include "reports/run_model.hpp"
#include "reports/scores.hpp"
#include "reports/text_safety.hpp"
#include "reports/viewer_files.hpp"

#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::reports {
namespace {

using nlohmann::ordered_json;

/// Results whose transcripts are inflated together.
constexpr std::size_t results_per_block = 25;

octets deflated(std::string_view text) {
  z_stream stream{};
  constexpr int raw = -MAX_WBITS;
  constexpr int usual_memory = 8;
  deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, raw, usual_memory, Z_DEFAULT_STRATEGY);
  octets out(deflateBound(&stream, text.size()), '\0');
  // zlib takes what it only reads without const.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  [[maybe_unused]] const int ended = deflate(&stream, Z_FINISH);
  assert(ended == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string dumped(const ordered_json& what) {
  return what.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string packed(const ordered_json& what) {
  return to_base64(deflated(dumped(what)));
}

/// The source expression of a Content-Security-Policy that allows this text and no other.
std::string hash_of(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha256(), nullptr);
  return "sha256-" + to_base64({reinterpret_cast<const char*>(digest.data()), length});
}

/// Octets of one text, and members of one list or object inside a result. What is longer than a
/// reader looks at is in run.json.
constexpr std::size_t text_limit = 4096;
constexpr std::size_t member_limit = 1000;
constexpr std::size_t depth_limit = 10;

/// Cuts `text` to at most `limit` octets, between code points.
void cut_text(std::string& text, std::size_t limit) {
  if (text.size() <= limit) return;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0U) == 0x80U)
    --limit;
  text.resize(limit);
  text += "…";
}

/// Bounds everything that stands in `value`, `depth` levels inside of the document.
void bound(ordered_json& value, std::size_t depth) {
  constexpr std::size_t first_bounded = 3;  // the lists of targets, scenarios, results are long
  if (auto* const text = value.get_ptr<std::string*>()) {
    cut_text(*text, text_limit);
  } else if (value.is_structured() && depth > depth_limit) {
    value = nullptr;
  } else if (value.is_array()) {
    auto& list = value.get_ref<ordered_json::array_t&>();
    if (depth >= first_bounded && list.size() > member_limit) list.resize(member_limit);
    for (auto& one : list)
      bound(one, depth + 1);
  } else if (value.is_object()) {
    ordered_json kept = ordered_json::object();
    for (auto& [name, member] : value.items()) {
      if (kept.size() == member_limit) break;
      auto key = name;
      cut_text(key, text_limit / 16);
      bound(member, depth + 1);
      kept[key] = std::move(member);
    }
    value = std::move(kept);
  }
}

/// A transcript, and where in run["results"] it came from.
struct taken_transcript {
  std::size_t result = 0;
  ordered_json events;
};

/// Takes the transcripts out of `run`: those of failures first, then what went wrong, and so on.
std::vector<taken_transcript> take_transcripts(ordered_json& run) {
  std::vector<taken_transcript> taken;
  auto& results = run["results"];
  for (const auto* const verdict : {"fail", "error", "warn", "info", "skip"}) {
    for (std::size_t i = 0; i < results.size(); ++i) {
      auto& transcript = results[i]["transcript"];
      if (results[i]["verdict"] != verdict || transcript["inline"].empty()) continue;
      taken.push_back({i, std::move(transcript["inline"])});
    }
  }
  for (auto& result : results)
    result["transcript"].erase("inline");
  return taken;
}

/// Puts the number of the block that has its transcript into each result, as long as the blocks fit
/// into `budget` octets.
std::string write_blocks(std::vector<taken_transcript> taken,
                         std::size_t budget,
                         ordered_json& run) {
  std::string written;
  std::size_t number = 0;
  std::size_t left_out = 0;
  for (std::size_t from = 0; from < taken.size(); from += results_per_block) {
    const auto to = std::min(taken.size(), from + results_per_block);
    ordered_json block = ordered_json::object();
    for (auto i = from; i < to; ++i)
      block[run["results"][taken[i].result]["id"].get<std::string>()] = std::move(taken[i].events);
    auto element = R"(<script type="application/octet-stream" id="block-)" +
                   std::to_string(number) + "\">" + packed(block) + "</script>\n";
    if (written.size() + element.size() > budget) {
      left_out += to - from;
      continue;
    }
    written += element;
    for (auto i = from; i < to; ++i)
      run["results"][taken[i].result]["block"] = number;
    ++number;
  }
  if (left_out > 0)
    run["omitted"].push_back(std::to_string(left_out) +
                             " transcripts (trace.pcapng and events.jsonl have them)");
  return written;
}

/// Octets that `run` takes in the file, or a bound of them where it is small.
std::size_t size_of(const ordered_json& run) {
  constexpr std::size_t small = 500'000;
  const auto text = dumped(run);
  return text.size() < small ? 2 * text.size() : to_base64(deflated(text)).size();
}

/// Halves the lists of `run`, results that passed and the last ones first, until it takes at most
/// `hard` octets.
std::size_t cut_lists(ordered_json& run, std::size_t hard) {
  auto& results = run["results"].get_ref<ordered_json::array_t&>();
  const auto all = results.size();
  ordered_json::array_t kept;
  for (const auto* const wanted : {"fail", "error", "warn", "info", "skip"})
    for (auto& one : results)
      if (one.is_object() && one["verdict"] == wanted) kept.push_back(std::move(one));
  results = std::move(kept);
  auto size = size_of(run);
  while (size > hard) {
    if (results.empty() && run["scenarios"].empty() && run["requirements"].empty()) {
      // What is left is about the run as a whole, and of no honest run.
      run["environment"] = run["baseline"] = nullptr;
      run["targets"] = ordered_json::array();
      run["summary"] = {{"targets", ordered_json::array()}};
      break;
    }
    for (const auto* const name : {"results", "scenarios", "requirements"}) {
      auto& list = run[name].get_ref<ordered_json::array_t&>();
      list.resize(list.size() / 2);
    }
    size = size_of(run);
  }
  run["omitted"].push_back(std::to_string(all - results.size()) + " of " + std::to_string(all) +
                           " results, those that passed first (run.json has all)");
  return size;
}

/// Removes from `run` until it takes at most `limits.hard` octets. What goes is said.
/// Returns: the octets that are left, about.
std::size_t reduce(ordered_json& run, const html_limits& limits) {
  auto size = size_of(run);
  if (size <= limits.soft) return size;
  for (auto& result : run["results"]) {
    result["steps"] = ordered_json::array();
    result["reproduce"]["argv"] = ordered_json::array();
  }
  run["omitted"].push_back("steps and commands of each result (run.json has them)");
  size = size_of(run);
  return size <= limits.hard ? size : cut_lists(run, limits.hard);
}

/// When the targets printed what is kept of their output.
void add_log_times(const run_model& model, ordered_json& run) {
  for (std::size_t i = 0; i < model.targets.size(); ++i)
    run["targets"][i]["log_ms"] = model.targets[i].log_ms;
}

/// Rows of the part that is read without scripts.
constexpr std::size_t static_rows = 100;

std::string safe(std::string_view text) {
  constexpr std::size_t shown = 200;
  return xml_text(printable(text, shown));
}

std::string more_rows(std::size_t all) {
  return all <= static_rows ? std::string()
                            : "<p>and " + std::to_string(all - static_rows) + " more</p>";
}

/// What a reader without scripts gets: the counts of each target,
std::string score_table(const run_model& model) {
  std::string rows;
  for (std::size_t i = 0; i < std::min(static_rows, model.targets.size()); ++i) {
    const auto& target = model.targets[i];
    const auto counts = count_verdicts(model, target.name);
    rows += "<tr><th scope=\"row\">" + safe(target.name) + "</th>";
    for (std::size_t one = 0; one < verdict_count; ++one)
      rows += "<td class=\"number\">" + std::to_string(counts[static_cast<verdict>(one)]) + "</td>";
    rows += "</tr>";
  }
  std::string head = "<tr><th scope=\"col\">target</th>";
  for (std::size_t i = 0; i < verdict_count; ++i)
    head += "<th scope=\"col\">" + std::string(to_word(static_cast<verdict>(i))) + "</th>";
  return "<table><caption>Results by target</caption><thead>" + head + "</tr></thead><tbody>" +
         rows + "</tbody></table>" + more_rows(model.targets.size());
}

/// and what was violated.
std::string findings_table(const run_model& model) {
  std::string rows;
  std::size_t all = 0;
  for (const auto& result : model.results) {
    if (result.superseded) continue;
    for (const auto& check : result.checks) {
      if (++all > static_rows) continue;
      rows += "<tr>";
      for (const auto& text : {result.target, result.instance, check.level + " " + check.ref,
                               check.expected, check.got})
        rows += "<td>" + safe(text) + "</td>";
      rows += "</tr>";
    }
  }
  if (rows.empty()) return {};
  return "<table><caption>Findings</caption><thead><tr><th scope=\"col\">target</th><th "
         "scope=\"col\">instance</th><th scope=\"col\">requirement</th><th "
         "scope=\"col\">expected</th><th scope=\"col\">got</th></tr></thead><tbody>" +
         rows + "</tbody></table>" + more_rows(all);
}

std::string title_of(const run_model& model) {
  constexpr std::size_t named = 8;
  std::string names;
  for (std::size_t i = 0; i < std::min(named, model.targets.size()); ++i)
    names += (i == 0 ? "" : ", ") + printable(model.targets[i].name, 60);
  if (model.targets.size() > named)
    names += " and " + std::to_string(model.targets.size() - named) + " more";
  return "Halley: " + (names.empty() ? "no target" : names);
}

/// `page` with the parts in the places of their @NAMES@; nothing inside a part is one.
std::string filled_in(std::string_view page, const std::map<std::string_view, std::string>& parts) {
  std::string result;
  while (!page.empty()) {
    const auto begin = page.find('@');
    const auto end = begin == std::string_view::npos ? begin : page.find('@', begin + 1);
    result += page.substr(0, begin);
    if (end == std::string_view::npos) break;
    const auto part = parts.find(page.substr(begin + 1, end - begin - 1));
    assert(part != parts.end());
    result += part->second;
    page.remove_prefix(end + 1);
  }
  return result;
}

}  // namespace

std::string html_text_within(const run_model& model, const html_limits& limits) {
  auto run = to_run_json(model);
  run["omitted"] = ordered_json::array();
  add_log_times(model, run);
  auto taken = take_transcripts(run);
  bound(run, 0);
  const auto results = run["results"].size();
  const auto used = reduce(run, limits);
  if (run["results"].size() != results) taken.clear();  // they say at which place theirs was
  auto blocks = write_blocks(std::move(taken), limits.soft > used ? limits.soft - used : 0, run);
  return filled_in(viewer_page, {{"TITLE", xml_text(title_of(model))},
                                 {"SCRIPT_HASH", hash_of(viewer_script)},
                                 {"STYLE_HASH", hash_of(viewer_style)},
                                 {"STYLE", std::string(viewer_style)},
                                 {"SCRIPT", std::string(viewer_script)},
                                 {"SUMMARY", xml_text(closing_line(model, model.strict))},
                                 {"TABLE", score_table(model)},
                                 {"FINDINGS", findings_table(model)},
                                 {"DATA", packed(run)},
                                 {"BLOCKS", std::move(blocks)}});
}

std::string html_text(const run_model& model) {
  return html_text_within(model, {});
}

}  // namespace halley::reports
