#include "inspect/made_talk.hpp"

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "capture/flow_sink.hpp"
#include "inspect/capture_maker.hpp"
#include "wire/websocket_frame.hpp"
#include "wire/websocket_handshake.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace halley::inspect {
namespace {

using capture::side;
using wire::opcode;

constexpr octet_view key = "dGhlIHNhbXBsZSBub25jZQ==";

octets request(octet_view method, octet_view target, octet_view more = "") {
  return octets(method) + " " + octets(target) +
         " HTTP/1.1\r\nHost: server.example\r\nUser-Agent: made/1\r\nAccept: */*\r\n" +
         octets(more) + "\r\n";
}

octets response(octet_view more, octet_view status = "200 OK") {
  return "HTTP/1.1 " + octets(status) +
         "\r\nServer: made/1\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n" + octets(more) + "\r\n";
}

/// One place of all that a talk draws from.
class talker : public made_talk {
public:
  talker(random_source& random, capture_truth& truth, bool plant)
      : random_(random), truth_(truth), plant_(plant) {}

protected:
  std::size_t between(std::size_t least, std::size_t most) {
    return least + static_cast<std::size_t>(random_.below(most - least + 1));
  }
  bool one_in(std::uint64_t count) { return random_.below(count) == 0; }
  /// Letters, and now and then what takes two octets in UTF-8.
  octets text(std::size_t size) {
    if (size >= 2 && one_in(16)) {
      octets result;
      while (result.size() + 2 <= size)
        result += "\xC3\xA9";
      return result;
    }
    octets result(size, 'a');
    const std::uint64_t turn = random_.next();
    for (std::size_t i = 0; i < size; ++i)
      result[i] = static_cast<char>('a' + (turn + i * 7) % 26);
    return result;
  }
  octets text_frame(side from, octet_view data) { return frame(from, opcode::text, data); }
  octets frame(side from, opcode code, octet_view data, bool fin = true, std::uint8_t rsv = 0) {
    wire::websocket_frame one;
    one.fin = fin;
    one.rsv = rsv;
    one.code = code;
    one.payload = data;
    if (from == side::client) one.mask = fresh_key();
    ++truth_.frames;
    if (fin && code <= opcode::binary) ++truth_.messages;
    return wire::encode(one);
  }
  std::array<std::uint8_t, 4> fresh_key() {
    const std::uint64_t number = random_.next();
    return {static_cast<std::uint8_t>(number), static_cast<std::uint8_t>(number >> 8U),
            static_cast<std::uint8_t>(number >> 16U), static_cast<std::uint8_t>(++keys_)};
  }
  void say(std::vector<made_write>& out, side from, octets data, std::string rule = {}) {
    out.push_back({.from = from, .data = std::move(data), .rule = std::move(rule)});
  }
  random_source& random() { return random_; }
  capture_truth& truth() { return truth_; }
  bool plants() const { return plant_; }

private:
  random_source& random_;
  capture_truth& truth_;
  bool plant_;
  std::uint8_t keys_ = 0;
};

/// Handshake, echoes, Close. What breaks a rule comes behind the last echo, in a write of its own.
class websocket_talk : public talker {
public:
  websocket_talk(random_source& random, capture_truth& truth, bool plant, bool small)
      : talker(random, truth, plant),
        small_(small),
        left_(small ? between(500, 2000) : between(20, 200)) {}

  bool next(std::vector<made_write>& out) override {
    if (!open_) return begin(out);
    if (left_ == 0) {
      finish(out);
      return false;
    }
    --left_;
    const opcode code = one_in(4) ? opcode::binary : opcode::text;
    const octets data = text(size());
    if (!small_ && one_in(8) && code == opcode::binary) {
      say(out, side::client,
          frame(side::client, code, octet_view(data).substr(0, data.size() / 2), false));
      say(out, side::server, frame(side::server, opcode::ping, "still there?"));
      say(out, side::client, frame(side::client, opcode::pong, "still there?"));
      say(out, side::client,
          frame(side::client, opcode::continuation, octet_view(data).substr(data.size() / 2)));
    } else {
      say(out, side::client, frame(side::client, code, data));
    }
    say(out, side::server, frame(side::server, code, data));
    return true;
  }

private:
  std::size_t size() {
    if (small_) return between(10, 120);
    return one_in(3) ? between(1000, 65536) : between(10, 2000);
  }

  bool begin(std::vector<made_write>& out) {
    open_ = true;
    ++truth().requests;
    ++truth().responses;
    const octets upgrade =
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: " +
        octets(key) + "\r\n";
    const bool wrong = plants() && one_in(5);
    const octets accept = wrong ? octets("bm90IHRoZSByaWdodCBvbmU=") : wire::accept_value(key);
    say(out, side::client, request("GET", "/echo", upgrade));
    say(out, side::server,
        response(
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: " + accept + "\r\n",
            "101 Switching Protocols"),
        wrong ? "rfc6455/4.2.2-accept" : "");
    planted_ = wrong;
    return true;
  }

  void finish(std::vector<made_write>& out) {
    if (plants() && !planted_) plant(out);
    say(out, side::client, frame(side::client, opcode::close, wire::close_body(1000, "")));
    say(out, side::server, frame(side::server, opcode::close, wire::close_body(1000, "")));
  }

  void plant(std::vector<made_write>& out) {
    constexpr side s = side::server;
    switch (random().below(9)) {
      case 0:
        return say(out, s, frame(side::client, opcode::text, "masked"),
                   "rfc6455/5.1-server-unmasked");
      case 1:
        return say(out, side::client, frame(s, opcode::text, "unmasked"),
                   "rfc6455/5.1-client-masked");
      case 2:
        return say(out, s, frame(s, opcode::text, "reserved", true, 2), "rfc6455/5.2-rsv");
      case 3:
        return say(out, s, frame(s, static_cast<opcode>(0xB), ""), "rfc6455/5.2-opcode");
      case 4:
        ++truth().frames;
        ++truth().messages;
        return say(out, s, octets("\x82\x7E\0\1x", 5), "rfc6455/5.2-minimal-length");
      case 5:
        return say(out, side::client, frame(side::client, opcode::text, "not UTF-8: \xFF"),
                   "rfc6455/5.6-utf-8");
      case 6:
        return say(out, s, frame(s, opcode::ping, octets(126, 'x')), "rfc6455/5.5-control-length");
      case 7:
        return say(out, s, frame(s, opcode::ping, "x", false), "rfc6455/5.5-control-fragmented");
      default:
        return say(out, s, frame(s, opcode::continuation, "x"), "rfc6455/5.4-continuation");
    }
  }

  bool small_;
  std::size_t left_;
  bool open_ = false;
  bool planted_ = false;
};

/// Requests one after the other, answered with a length or in chunks.
class request_talk : public talker {
public:
  request_talk(random_source& random, capture_truth& truth, bool plant)
      : talker(random, truth, plant), left_(between(5, 60)) {}

  bool next(std::vector<made_write>& out) override {
    --left_;
    if (left_ == 0 && plants()) {
      plant(out);
      return false;
    }
    ++truth().requests;
    ++truth().responses;
    if (one_in(4)) {
      const octets body = text(between(1, 4000));
      say(out, side::client,
          request("POST", "/things", "Content-Length: " + std::to_string(body.size()) + "\r\n") +
              body);
    } else {
      say(out, side::client, request("GET", "/things/7?page=3"));
    }
    if (one_in(3))
      chunks(out);
    else
      counted(out);
    return left_ > 0;
  }

private:
  void counted(std::vector<made_write>& out) {
    const octets body = text(one_in(5) ? between(4000, 60000) : between(0, 4000));
    say(out, side::server,
        response("Content-Type: text/plain\r\nContent-Length: " + std::to_string(body.size()) +
                 "\r\n") +
            body);
  }

  void chunks(std::vector<made_write>& out) {
    say(out, side::server, response("Transfer-Encoding: chunked\r\n"));
    for (std::size_t count = between(1, 12); count > 0; --count)
      say(out, side::server, chunk(text(between(1, 5000))));
    say(out, side::server, "0\r\n\r\n");
  }

  static octets chunk(const octets& data) {
    constexpr octet_view digits = "0123456789abcdef";
    octets size;
    for (std::size_t rest = data.size(); rest > 0; rest /= 16)
      size.insert(size.begin(), digits[rest % 16]);
    return size + "\r\n" + data + "\r\n";
  }

  void plant(std::vector<made_write>& out) {
    const auto which = random().below(5);
    ++truth().requests;
    ++truth().responses;
    if (which == 0) {
      say(out, side::client, "GET / HTTP/1.1\r\n\r\n", "rfc9112/3.2-host");
      say(out, side::server, response("Content-Length: 0\r\n"));
      return;
    }
    say(out, side::client, request("GET", "/last"));
    switch (which) {
      case 1:
        return say(out, side::server, response("A : b\r\nContent-Length: 0\r\n"),
                   "rfc9112/5.1-space-before-colon");
      case 2:
        return say(out, side::server, response("A: b\nContent-Length: 0\r\n"),
                   "rfc9112/2.2-bare-lf");
      case 3:
        return say(out, side::server, response("A\r\nContent-Length: 0\r\n"),
                   "rfc9112/5-field-line");
      default:
        say(out, side::server, response("Transfer-Encoding: chunked\r\n"));
        return say(out, side::server, "zz\r\n", "rfc9112/7.1-chunk-size");
    }
  }

  std::size_t left_;
};

class event_talk : public talker {
public:
  event_talk(random_source& random, capture_truth& truth, bool plant)
      : talker(random, truth, plant), left_(between(20, 300)) {}

  bool next(std::vector<made_write>& out) override {
    if (!open_) {
      open_ = true;
      ++truth().requests;
      ++truth().responses;
      say(out, side::client, request("GET", "/events", "Last-Event-ID: 3\r\n"));
      say(out, side::server,
          response("Content-Type: text/event-stream\r\nCache-Control: no-store\r\n"));
      return true;
    }
    if (--left_ == 0 && plants()) {
      ++truth().sse_events;
      say(out, side::server, "data: \xFF\n\n", "html-sse/9.2.5-utf-8");
      // What may be cut is no fault: something has to follow.
      say(out, side::server, ": end\n\n");
      return false;
    }
    if (one_in(10)) {
      say(out, side::server, ": still here\n\n");
      return left_ > 0;
    }
    ++truth().sse_events;
    say(out, side::server,
        "id: " + std::to_string(left_) + "\nevent: tick\ndata: " + text(between(5, 2000)) + "\n\n");
    return left_ > 0;
  }

private:
  std::size_t left_;
  bool open_ = false;
};

}  // namespace

std::unique_ptr<made_talk> make_talk(capture_kind kind,
                                     random_source& random,
                                     capture_truth& truth,
                                     bool plant) {
  if (kind == capture_kind::small)
    return std::make_unique<websocket_talk>(random, truth, plant, true);
  switch (random.below(5)) {
    case 0:
      return std::make_unique<event_talk>(random, truth, plant);
    case 1:
    case 2:
      return std::make_unique<request_talk>(random, truth, plant);
    default:
      return std::make_unique<websocket_talk>(random, truth, plant, false);
  }
}

}  // namespace halley::inspect
