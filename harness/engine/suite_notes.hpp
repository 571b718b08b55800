#pragma once

#include "capture/synthetic.hpp"
#include "engine/child_process.hpp"
#include "engine/peer.hpp"
#include "engine/player.hpp"
#include "engine/target.hpp"
#include "engine/verdict.hpp"
#include "scenario/scenario.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace halley::engine {

// The fields of the notes that a run writes into its event log: reports are made of nothing else.

nlohmann::json scenario_fields(const scenario::scenario& what);
nlohmann::json instance_fields(const scenario::instance& what,
                               const target& tested,
                               int attempt,
                               const std::string& segmentation,
                               std::uint64_t seed);
nlohmann::json check_fields(const violation& broken, const capture::frame_index& index);
nlohmann::json result_fields(const scenario::instance& what,
                             const target& tested,
                             int attempt,
                             const instance_result& result);
nlohmann::json exit_fields(const target& tested, const process_end& how);
nlohmann::json ready_fields(const target& tested);

/// What passive checks find in everything the target sent.
std::vector<violation> passive_violations(const player& played, scenario::role sut);
/// A target that ends while it is tested alone.
violation crash_violation(const process_end& how);
/// Comments for the packets that show violations.
std::vector<capture::remark> remarks_of(const std::vector<violation>& broken);

std::string role_name(scenario::role one);
std::string segmentation_name(cutting::kind one);

}  // namespace halley::engine
