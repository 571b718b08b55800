#pragma once

#include "clock/clock.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace halley::transport {

/// Another transport whose first octets were read already: whoever reads gets them again, before
/// what comes next.
class prefixed_transport final : public transport {
public:
  prefixed_transport(std::unique_ptr<transport> lower, std::string read_before);

  executor get_executor() override;
  void async_read_some(boost::asio::mutable_buffer into,
                       completion<error_code, std::size_t> handler) override;
  void async_write_some(boost::asio::const_buffer from,
                        completion<error_code, std::size_t> handler) override;
  void shutdown_send(error_code& error) override;
  void close() override;
  void abort() override;
  void cancel() override;
  endpoint local() const override;
  endpoint remote() const override;

private:
  std::unique_ptr<transport> lower_;
  std::string prefix_;
  std::size_t given_ = 0;  ///< octets of `prefix_`
};

}  // namespace halley::transport
