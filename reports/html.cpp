#include "reports/html.hpp"

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "reports/run_json.hpp"
#include "reports/run_model.hpp"
#include "reports/scores.hpp"
#include "reports/text_safety.hpp"
#include "reports/viewer_files.hpp"

#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <zlib.h>

#include <array>
#include <cassert>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>

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

std::string packed(const ordered_json& what) {
  return to_base64(deflated(what.dump(-1, ' ', false, ordered_json::error_handler_t::replace)));
}

/// The source expression of a Content-Security-Policy that allows this text and no other.
std::string hash_of(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha256(), nullptr);
  return "sha256-" + to_base64({reinterpret_cast<const char*>(digest.data()), length});
}

/// Takes the transcripts out of `run`, and puts the number of the block that has it into each
/// result.
std::string take_blocks(ordered_json& run) {
  std::string written;
  std::size_t number = 0;
  ordered_json block = ordered_json::object();
  const auto write = [&] {
    if (block.empty()) return;
    written += R"(<script type="application/octet-stream" id="block-)" + std::to_string(number++) +
               "\">" + packed(block) + "</script>\n";
    block = ordered_json::object();
  };
  for (auto& result : run["results"]) {
    auto& transcript = result["transcript"];
    if (!transcript.is_object() || transcript["inline"].empty()) continue;
    block[result["id"].get<std::string>()] = std::move(transcript["inline"]);
    transcript.erase("inline");
    result["block"] = number;  // moves the members of `result`
    if (block.size() == results_per_block) write();
  }
  write();
  return written;
}

/// What a reader without scripts gets: the counts of each target.
std::string score_table(const run_model& model) {
  std::string rows;
  for (const auto& target : model.targets) {
    const auto counts = count_verdicts(model, target.name);
    rows += "<tr><th scope=\"row\">" + xml_text(target.name) + "</th>";
    for (std::size_t i = 0; i < verdict_count; ++i)
      rows += "<td class=\"number\">" + std::to_string(counts[static_cast<verdict>(i)]) + "</td>";
    rows += "</tr>";
  }
  std::string head = "<tr><th scope=\"col\">target</th>";
  for (std::size_t i = 0; i < verdict_count; ++i)
    head += "<th scope=\"col\">" + std::string(to_word(static_cast<verdict>(i))) + "</th>";
  return "<table><caption>Results by target</caption><thead>" + head + "</tr></thead><tbody>" +
         rows + "</tbody></table>";
}

std::string title_of(const run_model& model) {
  std::string names;
  for (const auto& target : model.targets)
    names += (names.empty() ? "" : ", ") + target.name;
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

std::string html_text(const run_model& model) {
  auto run = to_run_json(model);
  auto blocks = take_blocks(run);
  return filled_in(viewer_page, {{"TITLE", xml_text(title_of(model))},
                                 {"SCRIPT_HASH", hash_of(viewer_script)},
                                 {"STYLE_HASH", hash_of(viewer_style)},
                                 {"STYLE", std::string(viewer_style)},
                                 {"SCRIPT", std::string(viewer_script)},
                                 {"SUMMARY", xml_text(closing_line(model, model.strict))},
                                 {"TABLE", score_table(model)},
                                 {"DATA", packed(run)},
                                 {"BLOCKS", std::move(blocks)}});
}

}  // namespace halley::reports
