#pragma once

#include "fuzz/grammars/grammar.hpp"
#include "fuzz/live/notebook.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace halley::cli {

/// Reads what lies in `folder`, in the order of names: notebooks of other searches
/// (notebook.jsonl and other .jsonl) into `first`; exchanges (.exchange.json), captures (.pcap,
/// .pcapng) and the events of runs (events.jsonl) into `seeds`. Nothing where `folder` is empty.
/// Returns: what is wrong with the first file that cannot be read, else nothing.
std::string read_fuzz_corpus(const std::filesystem::path& folder,
                             fuzz::corpus& seeds,
                             std::vector<fuzz::notebook::kept>& first);

}  // namespace halley::cli
