#pragma once

#include "draft/step_list.hpp"

#include <string>
#include <vector>

namespace halley::draft {

/// The head of a file.
struct draft_head {
  std::string id;
  std::string title;
  std::string about;
  bool of_proxy = false;  ///< between a client and an origin
  std::vector<std::string> needs;
  std::vector<std::string> tags;
};

/// The file as somebody would write it: heads line by line, everything else a line a step.
std::string file_text(const draft_head& head, const step_list& steps);

}  // namespace halley::draft
