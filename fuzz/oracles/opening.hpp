#pragma once

#include "fuzz/live/record.hpp"
#include "fuzz/oracles/http_view.hpp"
#include "fuzz/oracles/report.hpp"

#include <string>

namespace halley::fuzz {

/// Judges the answer to an opening handshake. Source: RFC 6455 §4.2.
void judge_opening(const record& seen,
                   const http_view& view,
                   const std::string& contract,
                   report& found);

}  // namespace halley::fuzz
