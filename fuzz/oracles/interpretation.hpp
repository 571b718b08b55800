#pragma once

#include "base/bytes.hpp"
#include "fuzz/live/record.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace halley::fuzz {

/// What a target made of an exchange, without what may differ from one answer to the next: dates,
/// names, cookies, the content of its pages.
struct interpretation {
  /// Of each final response: 101 and 4xx as they are, of others the class alone, 200, 300, 500.
  std::vector<int> answers;
  /// What an echo gave back: bodies of http.echo to requests that had one, messages (with a letter
  /// for their type), pongs.
  std::vector<octets> bodies;
  std::vector<octets> messages;
  std::vector<octets> pongs;
  bool closed = false;                      ///< whether it sent a Close frame
  std::optional<std::uint16_t> close_code;  ///< nothing where the frame had none
  bool announced = false;                   ///< whether its last response said close
  bool ended = false;                       ///< whether it ended the connection

  bool operator==(const interpretation&) const = default;
};

interpretation interpret(const record& seen, const std::string& contract);

/// Where two interpretations part.
struct difference {
  enum class about { responses, status, kind_of_4xx, body, messages, pongs, close, code, ending };
  about what = about::ending;
  std::string words;      ///< "response 2: 200 and 400"; safe for terminals
  std::size_t index = 0;  ///< of the response, body, message or pong
  int first = 0;          ///< the status of it, or how many there are, on either side
  int second = 0;
  /// Whether the side that has less of it had ended the connection, or said that it will.
  bool cut = false;
};

/// The first difference.
std::optional<difference> compare(const interpretation& first, const interpretation& second);

/// A sentence that leaves a difference to the recipient.
struct freedom {
  std::string ref;   ///< "RFC 9112 §2.2"
  std::string says;  ///< "LF alone may be taken for a line end"
};

/// Why two targets that keep to the RFCs may differ so, of what was sent to both.
/// Returns: nothing where no row of the table fits: then at least one of them is worth a look.
std::optional<freedom> explained(const record& first,
                                 const record& second,
                                 const difference& parting);

}  // namespace halley::fuzz
