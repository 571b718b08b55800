#pragma once

#include "reports/run_model.hpp"

#include <string>

namespace halley::reports {

/// The report for browsers: one file that asks the network for nothing and runs no script but its
/// own (Content-Security-Policy with hashes). Its data is run.json as raw deflate (RFC 1951) in
/// base64; transcripts lie in blocks of their own, inflated when one is looked at.
/// Octets of a target cannot become markup: the page makes text nodes only, and what stands in the
/// file itself is base64 or escaped.
std::string html_text(const run_model& model);

}  // namespace halley::reports
