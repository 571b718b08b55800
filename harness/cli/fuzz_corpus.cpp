#include "cli/fuzz_corpus.hpp"

#include "fuzz/grammars/corpus_file.hpp"
#include "fuzz/grammars/grammar.hpp"
#include "fuzz/grammars/seed_import.hpp"
#include "fuzz/live/notebook.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace halley::cli {
namespace {

namespace fs = std::filesystem;

std::string add(fuzz::corpus_reading read, fuzz::corpus& to) {
  if (!read.problems.empty()) return to_string(read.problems.front());
  std::ranges::move(read.known.seeds, std::back_inserter(to.seeds));
  return {};
}

std::string add_notebook(const fs::path& file, std::vector<fuzz::notebook::kept>& to) {
  fuzz::notebook::content content;
  auto wrong = fuzz::read_notebook(file, content);
  if (!wrong.empty()) return wrong;
  std::ranges::move(content.all_kept, std::back_inserter(to));
  for (auto& found : content.all_found)
    to.push_back(std::move(found.choices));
  return {};
}

std::string add_file(const fs::path& file,
                     fuzz::corpus& seeds,
                     std::vector<fuzz::notebook::kept>& first) {
  const auto extension = file.extension();
  if (extension == ".pcap" || extension == ".pcapng") return add(fuzz::import_capture(file), seeds);
  if (file.filename() == "events.jsonl") return add(fuzz::import_events(file), seeds);
  if (extension == ".jsonl") return add_notebook(file, first);
  return {};
}

}  // namespace

std::string read_fuzz_corpus(const fs::path& folder,
                             fuzz::corpus& seeds,
                             std::vector<fuzz::notebook::kept>& first) {
  if (folder.empty()) return {};
  std::error_code failed;
  std::vector<fs::path> files;
  for (const auto& one : fs::directory_iterator(folder, failed))
    if (one.is_regular_file(failed)) files.push_back(one.path());
  if (failed) return folder.string() + ": " + failed.message();
  std::ranges::sort(files);
  auto wrong = add(fuzz::read_corpus(folder), seeds);
  for (auto file = files.begin(); wrong.empty() && file != files.end(); ++file)
    wrong = add_file(*file, seeds, first);
  return wrong;
}

}  // namespace halley::cli
