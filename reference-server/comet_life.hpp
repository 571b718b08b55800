#pragma once

#include "base/bytes.hpp"
#include "reference-server/comet_streams.hpp"
#include "reference-server/exchange.hpp"

#include <cstddef>
#include <optional>

namespace halley::gateway {

/// The life of one Comet exchange, its log and its handle: BEGIN, (READ | ERROR/TIMEOUT)*, then one
/// terminal event, behind which the handle names nobody.
class comet_life {
public:
  /// BEGIN. `with` outlives this.
  explicit comet_life(exchange& with);
  comet_life(const comet_life&) = delete;
  comet_life& operator=(const comet_life&) = delete;
  ~comet_life();

  void read(std::size_t count);
  void timed_out();
  void end(octet_view subtype = "");
  /// ERROR; that of the handler itself has no subtype.
  void fail(octet_view subtype = "");

  /// What others asked since the last look. The outbox is the caller's to write.
  octets take_outbox();
  const std::optional<octets>& ending() const { return box_.ending; }

private:
  void terminal(octet_view name, octet_view subtype);
  void log(octet_view name, octet_view subtype, std::size_t count);

  exchange& with_;
  comet_mailbox box_;
  std::optional<comet_handle> handle_;
};

}  // namespace halley::gateway
