#include "inspect/verdict.hpp"

#include "capture/flow_sink.hpp"

#include <string>

namespace halley::inspect {

std::string name(severity one) {
  switch (one) {
    case severity::violation:
      return "violation";
    case severity::should:
      return "should";
    case severity::info:
      break;
  }
  return "info";
}

std::string name(capture::side one) {
  return one == capture::side::client ? "client" : "server";
}

}  // namespace halley::inspect
