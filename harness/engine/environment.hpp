#pragma once

#include "base/random.hpp"
#include "scenario/value.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace halley::engine {

/// A scenario asked for something that is not there: a variable, a function, a number where there
/// is text. A file's fault, never the target's.
class bad_expression : public std::runtime_error {
public:
  using runtime_error::runtime_error;
};

/// The profile has no such endpoint: the instance does not apply to this target.
class missing_endpoint : public std::runtime_error {
public:
  explicit missing_endpoint(std::string name);
  const std::string& endpoint() const { return endpoint_; }

private:
  std::string endpoint_;
};

/// The variables of one instance, and ${…}.
///
/// ${a.b.0} walks into mappings (by key) and lists (by position); a key on a list of mappings maps
/// over it (${log.event}), `last` and `count` are known on lists. ${n+3} and ${n-1} are the only
/// arithmetic. Functions, a closed list: ws.accept(x), ws.key(), size(x), hex(x), upper(x).
/// ${target.NAME} is an endpoint's address; behind it .path, .authority, .host, .port, .scheme, and
/// .target: how a request target begins that leads through this proxy to the actor `origin`.
class environment {
public:
  using endpoint_finder =
      std::function<std::optional<std::string>(std::string_view, const environment&)>;

  explicit environment(std::uint64_t seed);
  /// The variables of `common` are seen too, and hidden by own ones of the same name.
  /// Lifetime: `common` outlives this.
  environment(std::uint64_t seed, const environment& common);

  void set(const std::string& name, scenario::value what);
  void set_text(const std::string& name, std::string text);
  void set_integer(const std::string& name, std::int64_t number);
  /// How ${target.NAME} is answered: the address of an endpoint, or nothing.
  void set_endpoints(endpoint_finder find);

  /// `what` with every ${…} replaced; a scalar that is only ${x} keeps the type of x.
  /// Errors: throws bad_expression, missing_endpoint.
  scenario::value resolve(const scenario::value& what) const;
  std::string resolve_text(std::string_view text) const;

private:
  scenario::value evaluate(std::string_view expression, const scenario::location& at) const;
  scenario::value look_up(std::string_view path) const;
  std::optional<scenario::value> call(std::string_view expression,
                                      const scenario::location& at) const;
  scenario::value endpoint_part(std::string_view path) const;
  const scenario::value* find(std::string_view name) const;

  std::map<std::string, scenario::value, std::less<>> variables_;
  endpoint_finder endpoints_;
  const environment* common_ = nullptr;
  mutable random_source random_;
};

/// `what` as text: numbers and booleans are written out. Errors: throws bad_expression for lists
/// and mappings.
std::string as_text(const scenario::value& what);
/// `what` as a number; text of digits counts. Errors: throws bad_expression.
std::int64_t as_integer(const scenario::value& what);
bool as_boolean(const scenario::value& what);

}  // namespace halley::engine
