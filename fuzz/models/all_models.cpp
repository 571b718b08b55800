#include "fuzz/models/all_models.hpp"

#include "fuzz/model.hpp"
#include "fuzz/models/websocket_session.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <string_view>

namespace halley::fuzz {
namespace {

template <class Model>
std::unique_ptr<model> make() {
  return std::make_unique<Model>();
}

constexpr auto table = std::to_array<model_entry>({
    {"websocket-session", "messages, fragments, control frames, closes and cuts",
     "ping-empties-fragment", make<websocket_session>},
});

}  // namespace

std::span<const model_entry> all_models() {
  return table;
}

const model_entry* find_model(std::string_view name) {
  const auto found = std::ranges::find(table, name, &model_entry::name);
  return found == table.end() ? nullptr : &*found;
}

}  // namespace halley::fuzz
