#pragma once

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "clock/tasks.hpp"
#include "clock/wake.hpp"
#include "reference-server/client/client_options.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <memory>
#include <utility>

namespace halley::gateway {

/// A request as it goes out.
struct outgoing_request {
  octets head;
  octets body;
  bool waits = false;  // the body, for 100
};

/// One connection of an HTTP client. It reads all the time: an answer may come while the request is
/// still being sent, and on an idle connection nothing may come at all.
/// Source: RFC 9112 §9.2, §9.5.
class http_link : public std::enable_shared_from_this<http_link> {
public:
  http_link(transport::runtime& world,
            std::shared_ptr<const client_options> how,
            std::unique_ptr<transport::transport> lower,
            octets key);
  http_link(const http_link&) = delete;
  http_link& operator=(const http_link&) = delete;
  ~http_link() = default;

  /// To be called once, first.
  void start(clock::tasks& by);
  /// What it leads to: connections with the same key are as good.
  const octets& key() const { return key_; }
  void become(octets key) { key_ = std::move(key); }

  /// Whether it waits for a request.
  bool idle() const { return idle_ && !closed_ && !ended_; }
  /// Takes it for a request.
  void take();
  /// Gives it back. With octets that nobody asked for it is closed.
  void rest();
  void close();

  /// Sends, beside the reading of the answer; what does not get out any more is dropped.
  void send(outgoing_request what, clock::tasks& by);
  /// The body may go out.
  void go_on();
  /// No more of the body goes out.
  void stop_sending();
  bool sent() const { return sent_; }
  /// Whether all of the request went out.
  bool sent_all() const { return sent_all_; }

  /// What has come and was not taken yet.
  octets& input() { return input_; }
  /// Whether nothing more will come.
  bool ended() const { return ended_ || closed_; }
  bool reset() const { return reset_; }
  /// The answer that is under way may pause for as long as it likes.
  void be_patient() { patient_ = true; }
  /// Waits until something changes. Returns: false where nothing did for too long.
  awaitable<bool> changes();

private:
  static awaitable<void> read_all(std::shared_ptr<http_link> self);
  static awaitable<void> write_all(std::shared_ptr<http_link> self, outgoing_request what);
  awaitable<bool> write(octets what);
  awaitable<void> wait_to_go_on();
  void arrived();

  transport::runtime& world_;
  const std::shared_ptr<const client_options> how_;
  std::unique_ptr<transport::transport> lower_;
  octets key_;
  octets input_;
  clock::wake news_;  // for the one who waits for the answer
  clock::wake go_;    // for the one who sends
  instant progress_;
  bool idle_ = false;
  bool patient_ = false;
  bool ended_ = false;
  bool reset_ = false;
  bool closed_ = false;
  bool sent_ = true;
  bool sent_all_ = true;
  bool may_go_on_ = false;
  bool stopped_ = false;
};

}  // namespace halley::gateway
