#pragma once

#include "draft/endpoint_names.hpp"
#include "draft/recorded.hpp"

#include <string>
#include <vector>

namespace halley::draft {

/// A scenario that does again what was captured, or why there is none.
struct drafted {
  std::string text;                    ///< of the file, YAML 1.2
  std::vector<std::string> endpoints;  ///< whose addresses it wants
  std::vector<std::string> notes;      ///< what whoever goes on with it should know
  std::string refusal;
};

/// Drafts a scenario that says what the clients of these connections said, in the order of the
/// capture, and expects what their servers answered. `endpoints`: of the reference gateway, whose
/// paths they are where it is what answers. `source`: the capture's name, for people.
/// Refused: what is no HTTP/1.1, whatever the capture does not show from its beginning, upgrades to
/// other than WebSocket, requests to proxies but for a tunnel, and what a scenario file cannot
/// hold.
drafted draft_scenario(const recorded& from,
                       const std::vector<endpoint_name>& endpoints,
                       const std::string& source);

}  // namespace halley::draft
