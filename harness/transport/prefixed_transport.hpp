#pragma once

#include "clock/clock.hpp"
#include "transport/forwarding_transport.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace halley::transport {

/// Another transport whose first octets were read already: whoever reads gets them again, before
/// what comes next.
class prefixed_transport final : public forwarding_transport {
public:
  prefixed_transport(std::unique_ptr<transport> lower, std::string read_before);

  void async_read_some(boost::asio::mutable_buffer into,
                       completion<error_code, std::size_t> handler) override;

private:
  std::string prefix_;
  std::size_t given_ = 0;  ///< octets of `prefix_`
};

}  // namespace halley::transport
