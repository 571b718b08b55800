#pragma once

#include "reports/run_model.hpp"

#include <cstddef>
#include <string>

namespace halley::reports {

/// The report for browsers: one file that asks the network for nothing and runs no script but its
/// own (Content-Security-Policy with hashes). Its data is run.json as raw deflate (RFC 1951) in
/// base64; transcripts lie in blocks of their own, inflated when one is looked at.
/// Octets of a target cannot become markup: the page makes text nodes only, and what stands in the
/// file itself is base64 or escaped.
/// Limits: html_limits; what is left out for them is said in the page.
std::string html_text(const run_model& model);

/// How many octets a report may have. Over `soft` transcripts are left out, those of the gravest
/// verdicts last, then steps and commands; over `hard` results, those that passed first.
struct html_limits {
  std::size_t soft = 10'000'000;
  std::size_t hard = 25'000'000;
};

std::string html_text_within(const run_model& model, const html_limits& limits);

}  // namespace halley::reports
