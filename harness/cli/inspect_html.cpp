#include "cli/inspect_html.hpp"

#include "base/cut_text.hpp"
#include "base/printable.hpp"
#include "capture/capture_file.hpp"
#include "capture/flow_sink.hpp"
#include "inspect/flow_recorder.hpp"
#include "inspect/inspect_json.hpp"
#include "inspect/inspect_text.hpp"
#include "inspect/inspection.hpp"
#include "inspect/verdict.hpp"
#include "reports/html.hpp"
#include "reports/html_page.hpp"
#include "reports/text_safety.hpp"
#include "reports/viewer_files.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace halley::cli {
namespace {

using json = nlohmann::ordered_json;

/// JSON octets of conversations that are inflated together.
constexpr std::size_t block_octets = std::size_t{128} << 10U;
/// Octets of a path or name in the list of connections.
constexpr std::size_t about_octets = 300;
/// Rows of the part that is read without scripts.
constexpr std::size_t static_rows = 100;

double milliseconds(std::chrono::nanoseconds length) {
  return std::round(static_cast<double>(length.count()) / 1e3) / 1e3;
}

/// Conversations as they come, packed a block at a time.
class block_list {
public:
  void add(std::uint64_t flow, const json& conversation) {
    open_ += (open_.empty() ? "{\"" : ",\"") + std::to_string(flow) +
             "\":" + inspect::to_line(conversation);
    flows_.push_back(flow);
    if (open_.size() >= block_octets) close();
  }

  void close() {
    if (flows_.empty()) return;
    done_.push_back({.packed = reports::packed_text(open_ + "}"), .flows = std::move(flows_)});
    size_ += done_.back().packed.size();
    open_.clear();
    flows_.clear();
  }

  std::size_t size() const { return size_; }

  struct block {
    std::string packed;
    std::vector<std::uint64_t> flows;
  };
  const std::vector<block>& done() const { return done_; }

private:
  std::string open_;
  std::vector<std::uint64_t> flows_;
  std::vector<block> done_;
  std::size_t size_ = 0;
};

/// What the second look at the file gave.
struct second_look {
  block_list telling;  ///< of connections with findings
  block_list quiet;
  std::map<std::uint64_t, inspect::flow_record> records;  ///< without their conversations
};

json conversation_of(inspect::flow_record& record) {
  json made = {{"events", std::move(record.events)}};
  if (!record.metrics.empty()) made["metrics"] = std::move(record.metrics);
  record.events = nullptr;
  record.metrics = nullptr;
  return made;
}

void look_again(capture::capture_file& file,
                const inspect::inspection& of,
                std::chrono::nanoseconds silence,
                std::size_t budget,
                second_look& into) {
  const auto tells = [](const inspect::flow_verdict& one) { return !one.findings.empty(); };
  std::map<std::uint64_t, bool> telling;
  for (const auto& one : of.flows)
    if (tells(one)) telling[one.opening.number] = true;
  inspect::record_choice choice;
  choice.silence = silence;
  choice.with_conversation = [&](const inspect::flow_verdict& one) {
    return (tells(one) ? into.telling : into.quiet).size() < budget;
  };
  inspect::record_flows(file, of, choice, [&](inspect::flow_record&& record) {
    const auto number = record.number;
    if (record.told)
      (telling.contains(number) ? into.telling : into.quiet).add(number, conversation_of(record));
    into.records.emplace(number, std::move(record));
  });
  into.telling.close();
  into.quiet.close();
}

/// The blocks that fit into `budget`, those with findings first. Returns: their elements; `blocks`
/// gets the number of the block of each connection that has one.
std::string write_blocks(const second_look& seen,
                         std::size_t budget,
                         std::map<std::uint64_t, std::size_t>& blocks) {
  std::string written;
  std::size_t number = 0;
  for (const auto* const list : {&seen.telling, &seen.quiet})
    for (const auto& one : list->done()) {
      auto element = reports::data_block(number, one.packed);
      if (written.size() + element.size() > budget) continue;
      written += element;
      for (const auto flow : one.flows)
        blocks[flow] = number;
      ++number;
    }
  return written;
}

/// Adds to each connection what the list shows beside its verdict.
void add_records(const inspect::inspection& of, const second_look& seen, json& document) {
  for (auto& flow : document["flows"]) {
    auto about = flow["about"].get<std::string>();
    const auto found = seen.records.find(flow["number"].get<std::uint64_t>());
    if (found == seen.records.end()) continue;
    const auto& record = found->second;
    flow["last_frame"] = record.last_frame;
    if (about.empty()) about = record.about;
    cut_text(about, about_octets);
    flow["about"] = about;
    if (record.close && !flow.contains("close")) {
      flow["close"] = {{"by", inspect::name(record.close->by)}};
      if (record.close->code) flow["close"]["code"] = *record.close->code;
    }
    for (const auto& one : record.silences)
      flow["silences"].push_back({milliseconds(one.from - of.first), milliseconds(one.length)});
    for (const auto& one : record.losses)
      flow["losses"].push_back({milliseconds(one.t - of.first), inspect::name(one.by), one.len});
  }
}

/// Halves the list of connections, those without findings and the last ones first, until the
/// document takes at most `hard` octets.
void cut_flows(json& document, std::size_t hard) {
  auto& flows = document["flows"].get_ref<json::array_t&>();
  const auto all = flows.size();
  const auto number_of = [](const json& one) { return one["number"].get<std::uint64_t>(); };
  std::ranges::sort(flows, {}, [&](const json& one) {
    return std::pair(one["findings"].empty(), number_of(one));
  });
  while (!flows.empty() && reports::packed_size(document) > hard)
    flows.resize(flows.size() / 2);
  std::ranges::sort(flows, {}, number_of);
  if (flows.size() < all)
    document["omitted"].push_back(std::to_string(all - flows.size()) + " of " +
                                  std::to_string(all) +
                                  " connections, those without findings first");
}

void say_what_is_left_out(const inspect::inspection& of,
                          const std::map<std::uint64_t, std::size_t>& blocks,
                          json& document) {
  if (of.flows_left_out > 0)
    document["omitted"].push_back(
        inspect::grouped(of.flows_left_out) +
        " connections, those without findings first (--format ndjson has all)");
  std::size_t left_out = 0;
  for (auto& flow : document["flows"]) {
    const auto block = blocks.find(flow["number"].get<std::uint64_t>());
    if (block != blocks.end())
      flow["block"] = block->second;
    else
      ++left_out;
  }
  if (left_out > 0)
    document["omitted"].push_back("the conversations of " + inspect::grouped(left_out) +
                                  " connections (--flow N shows one)");
}

std::string connection_table(const inspect::inspection& of) {
  using reports::markup_text;
  std::string rows;
  for (std::size_t i = 0; i < std::min(static_rows, of.flows.size()); ++i) {
    const auto& one = of.flows[i];
    rows += "<tr><th scope=\"row\">" + std::to_string(one.opening.number) + "</th>";
    for (const auto& text : {one.protocol.empty() ? "silent" : one.protocol,
                             to_string(one.opening.client), to_string(one.opening.server)})
      rows += "<td>" + markup_text(text) + "</td>";
    rows += "<td class=\"number\">" + std::to_string(one.findings.size()) + "</td></tr>";
  }
  const auto more = of.flows.size() > static_rows
                        ? "<p>and " + std::to_string(of.flows.size() - static_rows) + " more</p>"
                        : std::string();
  return "<table><caption>Connections</caption><thead><tr><th scope=\"col\">number</th><th "
         "scope=\"col\">protocol</th><th scope=\"col\">client</th><th scope=\"col\">server</th><th "
         "scope=\"col\">findings</th></tr></thead><tbody>" +
         rows + "</tbody></table>" + more;
}

std::string closing_line(const inspect::inspection& of) {
  using inspect::severity;
  return inspect::grouped(of.count(severity::violation)) + " broken with MUST, " +
         inspect::grouped(of.count(severity::should)) + " with SHOULD, on " +
         inspect::grouped(of.seen.flows) + " connections";
}

}  // namespace

std::string inspect_html(capture::capture_file& file,
                         const inspect::inspection& of,
                         std::chrono::nanoseconds silence,
                         const reports::html_limits& limits) {
  second_look seen;
  look_again(file, of, silence, limits.soft, seen);
  auto document = inspect::document_json(of);
  document["silence_ms"] = milliseconds(silence);
  document["read_in_ms"] = milliseconds(of.read_in);
  document["omitted"] = json::array();
  add_records(of, seen, document);
  reports::bound(document);
  if (reports::packed_size(document) > limits.hard) cut_flows(document, limits.hard);
  const auto used = reports::packed_size(document);
  std::map<std::uint64_t, std::size_t> blocks;
  auto elements = write_blocks(seen, limits.soft > used ? limits.soft - used : 0, blocks);
  say_what_is_left_out(of, blocks, document);
  return reports::page_text({.title = "Halley: " + printable(of.file, 120),
                             .summary = closing_line(of),
                             .tables = "<pre class=\"wrap\">" +
                                       reports::xml_text(inspect::summary_text(of)) + "</pre>\n" +
                                       connection_table(of),
                             .rest = "halley inspect",
                             .style = reports::inspect_style,
                             .script = reports::inspect_script,
                             .data = reports::packed(document),
                             .blocks = std::move(elements)});
}

}  // namespace halley::cli
