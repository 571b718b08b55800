// Property: whatever lines a client's driver writes, only sessions that there are hear of events,
// only in the forms that are known; only commands that wait get an answer; and all that was heard
// can be written down.
#include "base/bytes.hpp"
#include "clock/virtual_clock.hpp"
#include "engine/client_driver.hpp"
#include "engine/driver_dialogue.hpp"
#include "engine/json_value.hpp"
#include "fuzz/targets/require.hpp"
#include "trace/event.hpp"
#include "trace/json_lines.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace halley;
using fuzz::require;

void check_heard(const nlohmann::json& event) {
  require(event.is_object() && event.contains("event"), "an event has a name");
  require(event.size() <= 8, "an event has known fields alone");
  trace::event one;
  trace::note said;
  said.name = event["event"].get<std::string>();
  said.fields = event;
  one.what = std::move(said);
  const auto line = trace::to_line(one);
  require(nlohmann::json::accept(line), "what was heard is written as JSON");
  static_cast<void>(engine::to_value(event));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const octets text(reinterpret_cast<const char*>(data), size);
  boost::asio::io_context context;
  clock::virtual_clock time(context);
  engine::driver_dialogue dialogue(time);
  std::size_t heard = 0;
  dialogue.attach("s1", [&](const nlohmann::json& event) {
    ++heard;
    check_heard(event);
  });
  std::size_t answers = 0;
  std::exception_ptr bug;
  for (int i = 0; i < 3; ++i) {
    nlohmann::json command = {{"do", "open"}};
    const auto number = dialogue.number(command);
    boost::asio::co_spawn(context, dialogue.answer(number, std::chrono::seconds(1)),
                          [&](std::exception_ptr error, const engine::driver_answer& answer) {
                            if (error) bug = error;
                            ++answers;
                            require(answer.text.size() <= 4096, "an answer's text is bounded");
                          });
  }
  std::size_t meant = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    if (dialogue.take(std::string_view(text).substr(at, end - at))) ++meant;
    at = end + 1;
  }
  time.run();
  require(heard <= meant, "what means nothing is not heard");
  dialogue.lose("ended");
  time.run();
  if (bug) std::rethrow_exception(bug);
  require(answers == 3, "each command gets one answer");
  return 0;
}
