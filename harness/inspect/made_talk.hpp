#pragma once

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "capture/flow_sink.hpp"
#include "inspect/capture_maker.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace halley::inspect {

/// One write of one side. `rule`: what it breaks; empty for most.
struct made_write {
  capture::side from = capture::side::client;
  octets data;
  std::string rule;
};

/// What the two sides of one connection say, bit by bit.
class made_talk {
public:
  virtual ~made_talk() = default;
  /// Appends the next writes. Returns: whether there are more.
  virtual bool next(std::vector<made_write>& out) = 0;
};

/// `truth` counts what is said. `plant`: one rule is broken on the way.
std::unique_ptr<made_talk> make_talk(capture_kind kind,
                                     random_source& random,
                                     capture_truth& truth,
                                     bool plant);

}  // namespace halley::inspect
