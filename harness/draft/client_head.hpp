#pragma once

#include "base/bytes.hpp"
#include "scenario/value.hpp"
#include "wire/http_message.hpp"

#include <map>
#include <string>

namespace halley::draft {

/// What stands in a head in place of what was captured; empty: as it is.
struct head_words {
  std::string target;
  std::string host;
  std::string key;
  std::map<octets, std::string> event_ids;
};

/// A head as a scenario sends it.
struct written_head {
  std::string form;  ///< "http.head" or "bytes"
  scenario::value what;
};

/// Whether a head names one host in the usual form, so that another may stand in its place.
bool names_host(const wire::request_head& head);
/// Whether it has a Sec-WebSocket-Key that a client may have drawn. Source: RFC 6455 §4.1.
bool has_drawn_key(const wire::request_head& head);

written_head write_head(const wire::request_head& head, const head_words& words);

}  // namespace halley::draft
