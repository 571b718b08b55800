#pragma once

#include "base/bytes.hpp"
#include "fuzz/oracles/http_view.hpp"

#include <string_view>
#include <vector>

namespace halley::fuzz {

/// A rule by which a request must be refused.
struct refusal {
  std::string_view rule;      ///< id in the ledger
  std::string_view expected;  ///< "400, then the connection is closed"
  bool closes = false;        ///< whether the connection has to be closed behind the answer
};

/// The rules by which this request must be refused in every reading of its octets. None where
/// another fault of it leaves its recipient the choice how to read it.
std::vector<refusal> why_refused(const seen_request& request);

/// A rule by which the connection has to be closed behind the answer, whatever that is.
struct last_request {
  std::string_view went_on;  ///< the rule that another answer breaks; empty where there is none
  std::string_view open;     ///< the rule that a connection which stays open breaks
};
last_request why_last(const seen_request& request);

/// Whether no reading makes `value` a uri-host with an optional port. Source: RFC 9112 §3.2, RFC
/// 9110 §7.2. In doubt: false.
bool is_surely_no_host(octet_view value);

/// Whether one of the Content-Length lines is no number, or two of them differ. A number of any
/// size is one. In doubt: false. Source: RFC 9112 §6.3.
bool is_surely_no_length(const std::vector<octets>& values);

}  // namespace halley::fuzz
