#pragma once

#include "clock/clock.hpp"
#include "transport/forwarding_transport.hpp"
#include "transport/transport.hpp"

#include <cstddef>
#include <memory>

namespace halley::transport {

/// How written octets are cut: each write takes at most `segment` octets (0 = no limit), and the
/// next one waits for `gap`.
struct segmentation {
  std::size_t segment = 0;
  duration gap{0};

  bool operator==(const segmentation&) const = default;
};

/// A transport that cuts what is written through it; everything else goes straight to `lower`.
class segmenting_transport final : public forwarding_transport {
public:
  segmenting_transport(std::unique_ptr<transport> lower, clock::clock& time);

  /// Takes effect with the next write.
  void cut(segmentation how);

  void async_write_some(boost::asio::const_buffer from,
                        completion<error_code, std::size_t> handler) override;
  void close() override;
  void abort() override;
  void cancel() override;

private:
  clock::clock& time_;
  std::unique_ptr<clock::timer> timer_;
  segmentation how_;
  bool wrote_ = false;
};

}  // namespace halley::transport
