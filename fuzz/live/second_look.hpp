#pragma once

#include "fuzz/live/exchange.hpp"
#include "fuzz/live/record.hpp"
#include "fuzz/live/session.hpp"
#include "fuzz/live/stage.hpp"
#include "fuzz/oracles/reactions.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace halley::fuzz {

/// Plays an exchange once more, to another target or cut otherwise, and says where what was made of
/// it is not the same. Between targets that counts only where nothing leaves it to the recipient.
class second_look {
public:
  /// A target to compare with. Lifetime: outlives this.
  struct other {
    std::string name;
    stage* on = nullptr;
  };

  second_look(stage& on, std::vector<other> others) : stage_(on), others_(std::move(others)) {}

  /// What can be looked at: "segmentation", "differs-from-NAME" of each other target.
  const std::vector<std::string>& kinds() const { return kinds_; }
  static bool is_kind(const std::string& requirement);

  /// `first`: what came of `what`, which was played to a stand of the stage.
  std::optional<reaction> look(const std::string& kind,
                               const exchange& what,
                               const record& first,
                               const patience& how_long);

private:
  std::optional<record> again(const std::string& kind,
                              const exchange& what,
                              const patience& how_long);

  stage& stage_;
  std::vector<other> others_;
  std::vector<std::string> kinds_ = kinds_of(others_);

  static std::vector<std::string> kinds_of(const std::vector<other>& others);
};

/// The same octets with the same waits, each run of writes cut into single octets where it is one
/// write, else joined.
exchange cut_otherwise(const exchange& what);

}  // namespace halley::fuzz
