#include "scenario/yaml_peek.hpp"

#include "scenario/yaml_reader.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <cstddef>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

namespace halley::scenario {
namespace {

/// Ends the reading: the text was found, or there cannot be one.
struct peeked {};

/// Waits for one key of the outermost mapping.
class key_seeker final : public YAML::EventHandler {
public:
  explicit key_seeker(std::string_view key) : key_(key) {}

  std::optional<std::string> take() { return std::move(found_); }

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override { throw peeked(); }
  void OnNull(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override { pass({}); }
  void OnAlias(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override { pass({}); }
  void OnScalar(const YAML::Mark& /*mark*/,
                const std::string& /*tag*/,
                YAML::anchor_t /*anchor*/,
                const std::string& text) override {
    if (depth_ == 1 && !is_key_ && wanted_) {
      found_ = text;
      throw peeked();
    }
    pass(text);
  }
  void OnSequenceStart(const YAML::Mark& /*mark*/,
                       const std::string& /*tag*/,
                       YAML::anchor_t /*anchor*/,
                       YAML::EmitterStyle::value /*style*/) override {
    if (depth_ == 0) throw peeked();
    begin();
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& /*mark*/,
                  const std::string& /*tag*/,
                  YAML::anchor_t /*anchor*/,
                  YAML::EmitterStyle::value /*style*/) override {
    begin();
  }
  void OnMapEnd() override { end(); }

private:
  void begin() {
    if (++depth_ > yaml_limits().depth) throw peeked();
  }
  void end() {
    --depth_;
    pass({});
  }
  /// Keys and values of the outermost mapping take turns.
  void pass(std::string_view text) {
    if (depth_ != 1) return;
    wanted_ = is_key_ && text == key_;
    is_key_ = !is_key_;
  }

  std::string_view key_;
  std::size_t depth_ = 0;
  bool is_key_ = true;   ///< what comes next in the outermost mapping
  bool wanted_ = false;  ///< the key before it was `key_`
  std::optional<std::string> found_;
};

}  // namespace

std::optional<std::string> peek_yaml(const std::string& text, std::string_view key) {
  if (text.size() > yaml_limits().octets) return std::nullopt;
  key_seeker seeker(key);
  try {
    std::istringstream in(text);
    YAML::Parser parser(in);
    parser.HandleNextDocument(seeker);
  } catch (const peeked&) {
    return seeker.take();
  } catch (const YAML::Exception&) {
    return std::nullopt;
  }
  return std::nullopt;  // there is no document
}

}  // namespace halley::scenario
