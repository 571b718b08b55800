#pragma once

#include "fuzz/live/stage.hpp"
#include "fuzz/outcome.hpp"
#include "scenario/profile.hpp"
#include "scenario/scenario.hpp"
#include "transport/runtime.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace halley::fuzz {

/// The reference gateway on a simulated network without delay, in virtual time.
class simulated_stage final : public stage {
public:
  simulated_stage(std::uint64_t seed, std::set<std::string> mutants);
  ~simulated_stage() override;

  transport::runtime& runtime() override;
  const std::vector<stand>& stands() const override { return stands_; }
  void run(const std::function<bool()>& done) override;
  bool simulated() const override { return true; }
  void renew() override;
  outcome play(const std::shared_ptr<const scenario::scenario>& what,
               const watcher& tell = {}) override;

private:
  class set_up;

  std::uint64_t seed_;
  std::set<std::string> mutants_;
  scenario::profile profile_;
  std::vector<stand> stands_;
  std::unique_ptr<set_up> now_;
};

}  // namespace halley::fuzz
