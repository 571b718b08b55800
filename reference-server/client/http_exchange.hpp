#pragma once

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "clock/tasks.hpp"
#include "reference-server/client/answer_head.hpp"
#include "reference-server/client/client_options.hpp"
#include "reference-server/client/http_link.hpp"
#include "reference-server/options.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace halley::gateway {

/// Who takes the body of an answer as it comes.
class body_reader {
public:
  enum class use {
    whole,   // as http_outcome has it
    pieces,  // as it comes, however long nothing does
    none,    // the answer is given up
  };

  body_reader() = default;
  body_reader(const body_reader&) = delete;
  body_reader& operator=(const body_reader&) = delete;
  virtual ~body_reader() = default;

  /// To be called with the final head.
  virtual use begin(const answer_head& head) = 0;
  /// Takes a piece. Returns: whether more is wanted.
  virtual bool take(octet_view piece) = 0;
};

/// What became of a request on a connection.
struct http_outcome {
  enum class kind {
    answered,
    unwanted,  // the reader gave it up
    broken,    // what came is no answer, or not all of one
    lost,      // the connection ended before anything came
  };
  kind is = kind::broken;
  answer_head head;
  octets body;
  octets why;             // where it was not answered
  bool persists = false;  // the connection may be used again
};

/// What a request is asked with.
struct http_asking {
  octets method;
  outgoing_request out;
  bool closes = false;  // the request has the close option
  body_reader* reader = nullptr;
};

/// Sends a request on `on` and reads its final answer. The connection stays as it is afterwards:
/// whoever called closes it or gives it back.
/// Source: RFC 9112 §6.3, §8, §9.2; RFC 9110 §15.2.
class http_exchange {
public:
  /// `reading`: of reading_options(how). All outlive it.
  http_exchange(std::shared_ptr<http_link> on,
                const client_options& how,
                const options& reading,
                clock::tasks& by);

  awaitable<http_outcome> run(http_asking what);

private:
  awaitable<octets> read_head();
  awaitable<octets> read_body();
  awaitable<octets> read_chunks();
  awaitable<octets> finish_sending();
  octets take_head(std::size_t size);
  octets ask_reader();
  bool keep(octet_view piece);
  octets end_of_input(const char* where);

  std::shared_ptr<http_link> on_;
  const client_options& how_;
  const options& reading_;
  clock::tasks& by_;
  octets method_;
  body_reader* reader_ = nullptr;
  body_reader::use use_ = body_reader::use::whole;
  std::uint64_t taken_ = 0;  // octets of the body
  http_outcome got_;
  std::size_t interim_ = 0;    // octets of interim answers
  std::uint64_t skipped_ = 0;  // octets that a mutant takes for the content of an interim answer
  bool final_ = false;
  bool tunnel_ = false;
};

}  // namespace halley::gateway
