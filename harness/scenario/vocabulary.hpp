#pragma once

#include "scenario/decoding.hpp"
#include "scenario/scenario.hpp"

#include <string>
#include <vector>

namespace halley::scenario {

/// The closed vocabulary of observable events, "http.response", …: log, reports and scenarios use
/// these names.
const std::vector<std::string>& event_names();
/// What can be sent, "http.head", ….
const std::vector<std::string>& send_names();

/// How one field must look; `text_match` compares texts, the others what their name says.
const decoder<match>& text_match();
const decoder<match>& number_match();
const decoder<match>& size_match();
const decoder<match>& truth_match();
const decoder<match>& opcode_match();
const decoder<match>& octets_match();
/// One comparison that its key names already: {contains: operand}.
const decoder<match>& contains_match();
const decoder<match>& regex_match();
const decoder<match>& sha256_match();

const decoder<event_pattern>& event();
const decoder<std::string>& event_name();
const decoder<send_step>& send();

}  // namespace halley::scenario
