#pragma once

#include "scenario/value.hpp"

#include <string>
#include <vector>

namespace halley::scenario {

/// One situation, and what two contracts make of it.
struct compatibility_row {
  std::string id;                 ///< "A06"
  std::string when;               ///< the situation
  std::string did;                ///< what the other server was seen to do
  std::string wants;              ///< what our contract wants; empty: the same
  std::vector<std::string> ours;  ///< scenarios that show it
  std::string why;                ///< why none does
  location at;
};

/// How another server's behaviour stands to our contract, NAME.compatibility.yaml.
struct compatibility {
  std::string name;  ///< "tomcat7"
  std::string title;
  std::string other;  ///< what the other server is called in a row
  std::string about;
  std::vector<compatibility_row> rows;
};

}  // namespace halley::scenario
