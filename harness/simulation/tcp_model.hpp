#pragma once

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "clock/clock.hpp"
#include "simulation/pipe.hpp"
#include "simulation/world.hpp"
#include "transport/path.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace halley::simulation {

/// How much each side's kernel keeps, octets. The default is Linux's.
struct buffers {
  std::size_t send = 212'992;
  std::size_t receive = 212'992;

  bool operator==(const buffers&) const = default;
};

/// One TCP connection as its two users see it: two sockets and a pipe each way. It follows Linux
/// where programs can tell: octets before an RST stay readable, then ECONNRESET comes once, to
/// whoever asks first, then the end and EPIPE; an RST after a FIN is EPIPE to writers and nothing
/// to readers; closing with unread octets, or octets that come after closing, send RST.
class connection final : public std::enable_shared_from_this<connection>,
                         private pipe_user,
                         private holder {
public:
  /// `up` begins at side 0, who connected.
  struct making {
    std::array<transport::endpoint, 2> where;
    std::array<transport::path, 2> paths;  ///< from side 0, from side 1
    std::array<buffers, 2> kept;
    /// Whether nothing passes that way now.
    std::array<std::shared_ptr<const bool>, 2> down;
    std::uint64_t number = 0;
  };

  connection(world& of, const making& how);
  ~connection() override;

  /// The handshake is over for side 0; `accepted` is called when it is for side 1.
  void begin(std::function<void()> accepted);
  /// The socket of a side, once each. Destroying it closes it.
  std::unique_ptr<transport::transport> take_socket(std::size_t side);
  const transport::endpoint& where(std::size_t side) const { return where_[side]; }

private:
  class socket;
  using io_handler = completion<error_code, std::size_t>;

  struct side {
    octets unread;
    std::size_t read_at = 0;  ///< into `unread`
    octets unsent;
    std::size_t credit = 0;  ///< octets that the peer has room for
    std::size_t freed = 0;   ///< octets read that the peer was not told of
    buffers kept;
    std::optional<io_handler> reader;
    boost::asio::mutable_buffer into;
    std::optional<io_handler> writer;
    boost::asio::const_buffer from;
    error_code error;
    bool fin_queued = false;
    bool fin_sent = false;  ///< the pipe has it
    bool fin_arrived = false;
    bool closed = false;  ///< by its user
    bool dead = false;    ///< by RST or timeout, either way
  };

  // The user's side.
  void read(std::size_t at, boost::asio::mutable_buffer into, io_handler handler);
  void write(std::size_t at, boost::asio::const_buffer from, io_handler handler);
  void shutdown_send(std::size_t at, error_code& result);
  void close(std::size_t at);
  void abort(std::size_t at);
  void cancel(std::size_t at);
  void cancel_read(std::size_t at);
  void cancel_write(std::size_t at);

  // The network's side.
  void arrived(const void* pipe, piece&& one) override;
  void swallowed(const void* pipe, std::size_t count) override;
  void reset_both() override;
  void vanish_both() override;
  void timed_out(const void* pipe) override;
  void busy_changed() override;
  void drop_handlers() override;

  bool try_read(side& one);
  bool try_write(side& one);
  void pump(std::size_t at);
  void take_data(std::size_t at, octets&& data);
  void give_room(std::size_t at);
  void fail(std::size_t at, error_code why);
  void complete(std::optional<io_handler>& which, error_code result, std::size_t count);
  void reset(std::size_t at);
  bool over(std::size_t at) const;
  void probe(std::size_t at);
  std::size_t sender_of(const void* pipe) const { return pipe == &pipes_[0] ? 0 : 1; }

  world& world_;
  std::array<transport::endpoint, 2> where_;
  std::array<std::shared_ptr<const bool>, 2> down_;
  std::array<pipe, 2> pipes_;
  std::array<side, 2> sides_;
  std::function<void()> accepted_;
  std::shared_ptr<connection> while_busy_;
};

}  // namespace halley::simulation
