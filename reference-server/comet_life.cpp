#include "reference-server/comet_life.hpp"

#include "base/bytes.hpp"
#include "reference-server/comet_log.hpp"
#include "reference-server/comet_streams.hpp"
#include "reference-server/connection.hpp"
#include "reference-server/core.hpp"
#include "reference-server/exchange.hpp"
#include "reference-server/options.hpp"
#include "reference-server/request.hpp"

#include <cassert>
#include <cstddef>
#include <optional>
#include <utility>

namespace halley::gateway {

comet_life::comet_life(exchange& with) : with_(with) {
  box_.key = with.head().parameter("key").value_or("");
  box_.ring = [this] {
    with_.abandon_body(true);
    with_.peer().events().notify();
  };
  handle_ = with.shared().comet_open.open(box_);
  log("BEGIN", "", 0);
}

comet_life::~comet_life() {
  if (handle_) with_.shared().comet_open.close(*handle_);
}

void comet_life::read(std::size_t count) {
  if (!with_.settings().mutant("comet-silent-read")) log("READ", "", count);
}

void comet_life::timed_out() {
  log("ERROR", "TIMEOUT", 0);
}

void comet_life::end(octet_view subtype) {
  terminal("END", with_.settings().mutant("comet-end-subtype-lost") ? "" : subtype);
}

void comet_life::fail(octet_view subtype) {
  constexpr std::size_t few = 2;
  const options& how = with_.settings();
  const bool lost = how.mutant("comet-third-error-unsaid") &&
                    with_.shared().comet_events.count(box_.key, "ERROR") >= few;
  if (lost) {
    with_.shared().comet_open.close(*std::exchange(handle_, std::nullopt));
  } else if (how.mutant("comet-end-after-cut")) {
    terminal("END", "");
  } else {
    terminal("ERROR", subtype);
  }
}

octets comet_life::take_outbox() {
  with_.abandon_body(false);
  return std::exchange(box_.outbox, octets());
}

void comet_life::terminal(octet_view name, octet_view subtype) {
  assert(handle_);
  with_.shared().comet_open.close(*std::exchange(handle_, std::nullopt));
  log(name, subtype, 0);
  if (with_.settings().mutant("comet-double-terminal")) log("END", "", 0);
}

void comet_life::log(octet_view name, octet_view subtype, std::size_t count) {
  core& shared = with_.shared();
  comet_event one;
  one.key = box_.key;
  one.connection = with_.peer().number();
  one.name = name;
  one.subtype = subtype;
  one.octets_read = count;
  if (name == "BEGIN") one.handle = to_text(*handle_);
  one.at = shared.now();
  shared.comet_events.add(std::move(one));
}

}  // namespace halley::gateway
