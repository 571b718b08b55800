#include "reference-server/comet_streams.hpp"

#include "base/bytes.hpp"
#include "reference-server/request.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <optional>
#include <string>

namespace halley::gateway {

octets to_text(const comet_handle& of) {
  return std::to_string(of.slot) + "." + std::to_string(of.generation);
}

std::optional<comet_handle> parse_handle(octet_view text) {
  const std::size_t point = text.find('.');
  if (point == octet_view::npos) return std::nullopt;
  const auto slot = parse_number(text.substr(0, point));
  const auto generation = parse_number(text.substr(point + 1));
  if (!slot || !generation) return std::nullopt;
  return comet_handle{*slot, *generation};
}

comet_handle comet_streams::open(comet_mailbox& box) {
  if (free_.empty()) {
    free_.push_back(slots_.size());
    slots_.emplace_back();
  }
  const std::size_t index = free_.back();
  free_.pop_back();
  slot& taken = slots_[index];
  taken.box = &box;
  return {index, ++taken.generation};
}

void comet_streams::close(const comet_handle& which) {
  slot& freed = slots_[which.slot];
  assert(freed.box != nullptr && freed.generation == which.generation);
  freed.box = nullptr;
  free_.push_back(which.slot);
}

bool comet_streams::write(const comet_handle& to, octet_view data, std::size_t limit) {
  if (to.slot >= slots_.size()) return false;
  const slot& found = slots_[to.slot];
  if (found.box == nullptr || found.box->ending) return false;
  if (found.generation != to.generation && !by_slot_alone_) return false;
  if (found.box->outbox.size() + data.size() > limit) return false;
  found.box->outbox += data;
  found.box->ring();
  return true;
}

std::size_t comet_streams::end_all(octet_view key, octet_view subtype) {
  std::size_t count = 0;
  for (const slot& one : slots_)
    if (one.box != nullptr && one.box->key == key && end(one.box, subtype)) ++count;
  return count;
}

std::size_t comet_streams::end_every(octet_view subtype) {
  return static_cast<std::size_t>(
      std::ranges::count_if(slots_, [&](const slot& one) { return end(one.box, subtype); }));
}

bool comet_streams::end(comet_mailbox* box, octet_view subtype) {
  if (box == nullptr || box->ending) return false;
  box->ending = octets(subtype);
  box->ring();
  return true;
}

}  // namespace halley::gateway
