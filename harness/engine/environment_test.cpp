#include "engine/environment.hpp"

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "scenario/value.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace halley::engine {
namespace {

using scenario::value;

value text(octets of) {
  return value{std::move(of), {}};
}
value number(std::int64_t of) {
  return value{of, {}};
}

environment filled() {
  environment result(1);
  result.set_text("name", "halley");
  result.set_text("digits", "41");
  result.set_integer("n", 7);
  result.set_integer("origin.port", 9001);
  result.set_integer("two-part", 3);
  result.set("on", value{true, {}});
  result.set("nothing", {});
  scenario::value_list log;
  for (const std::int64_t id : {4, 5})
    log.push_back({scenario::value_map{{"id", number(id)}, {"event", text("e")}}, {}});
  result.set("log", {std::move(log), {}});
  result.set("empty", {scenario::value_list{}, {}});
  result.set_endpoints([](std::string_view endpoint, const environment& /*known*/) {
    return endpoint == "ws.echo" ? std::optional<std::string>("ws://127.0.0.1:81/echo?a")
                                 : std::nullopt;
  });
  return result;
}

TEST(environment, expressions_in_text_are_replaced) {
  const auto known = filled();
  struct row {
    const char* written;
    const char* resolved;
  };
  const row rows[] = {
      {"", ""},
      {"plain $ { } text", "plain $ { } text"},
      {"<${name}>", "<halley>"},
      {"${n}ms${n}", "7ms7"},
      {"${n+3} ${n-8}", "10 -1"},
      {"${digits+1}", "42"},
      {"${two-part}", "3"},
      {"${two-part-1}", "2"},
      {"${origin.port}", "9001"},
      {"${on}", "true"},
      {"${nothing}", ""},
      {"${log.count}", "2"},
      {"${log.0.id}", "4"},
      {"${log.last.id}", "5"},
      {"${log.last.id+1}", "6"},
      {"${size(name)}", "6"},
      {"${hex(name)}", "68616c6c6579"},
      {"${upper(name)}", "HALLEY"},
      {"${target.ws.echo}", "ws://127.0.0.1:81/echo?a"},
      {"${target.ws.echo.path}", "/echo?a"},
      {"${target.ws.echo.authority}", "127.0.0.1:81"},
      {"${target.ws.echo.host}", "127.0.0.1"},
      {"${target.ws.echo.port}", "81"},
      {"${target.ws.echo.scheme}", "ws"},
  };
  for (const auto& one : rows)
    EXPECT_EQ(known.resolve_text(one.written), one.resolved) << one.written;
}

TEST(environment, a_lone_expression_keeps_its_type) {
  const auto known = filled();
  EXPECT_NE(known.resolve(text("${n}")).integer(), nullptr);
  EXPECT_NE(known.resolve(text("${n+1}")).integer(), nullptr);
  EXPECT_NE(known.resolve(text("${on}")).boolean(), nullptr);
  EXPECT_NE(known.resolve(text("${log}")).list(), nullptr);
  EXPECT_NE(known.resolve(text("${log.0}")).map(), nullptr);
  EXPECT_TRUE(known.resolve(text("${nothing}")).null());
  EXPECT_NE(known.resolve(text("${n}${n}")).text(), nullptr);
}

TEST(environment, a_key_on_a_list_maps_over_it) {
  const auto ids = filled().resolve(text("${log.id}"));
  EXPECT_TRUE(scenario::equal(ids, {scenario::value_list{number(4), number(5)}, {}}));
}

TEST(environment, lists_and_mappings_are_resolved_inside) {
  const value written{
      scenario::value_map{{"a", {scenario::value_list{text("${n}"), text("x${n}")}, {}}}}, {}};
  const value wanted{scenario::value_map{{"a", {scenario::value_list{number(7), text("x7")}, {}}}},
                     {}};
  EXPECT_TRUE(scenario::equal(filled().resolve(written), wanted));
}

TEST(environment, the_key_of_a_handshake_is_answered_as_the_rfc_shows) {
  // RFC 6455 §1.3.
  environment known(1);
  known.set_text("key", "dGhlIHNhbXBsZSBub25jZQ==");
  EXPECT_EQ(known.resolve_text("${ws.accept(key)}"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(environment, drawn_keys_are_sixteen_octets_and_differ_but_not_between_runs) {
  const environment one(1);
  const environment same(1);
  const auto first = one.resolve_text("${ws.key()}");
  ASSERT_TRUE(from_base64(first));
  EXPECT_EQ(from_base64(first)->size(), 16U);
  EXPECT_NE(one.resolve_text("${ws.key()}"), first);
  EXPECT_EQ(same.resolve_text("${ws.key()}"), first);
}

TEST(environment, what_is_not_there_is_told) {
  const auto known = filled();
  for (const char* written : {"${",
                              "${n",
                              "${}",
                              "${unknown}",
                              "${n.x}",
                              "${name+1}",
                              "${log}x",
                              "${log.9}",
                              "${log.-1}",
                              "${empty.last}",
                              "${nosuch(name)}",
                              "${size(unknown)}",
                              "${size()}",
                              "${on+1}",
                              "${log.0.nothing}",
                              "${ }",
                              "${.}",
                              "${..}",
                              "${+1}",
                              "${(}",
                              "${)}"})
    EXPECT_THROW(known.resolve_text(written), bad_expression) << written;
}

TEST(environment, a_proxy_is_asked_for_the_origin_by_absolute_form_or_by_path) {
  auto known = filled();
  known.set_text("origin.authority", "127.0.0.1:9001");
  known.set_endpoints([](std::string_view endpoint, const environment& of) {
    std::optional<std::string> url;
    if (endpoint == "gateway") url = of.resolve_text("http://127.0.0.1:81/to/${origin.port}");
    if (endpoint == "forward") url = "http://127.0.0.1:82";
    return url;
  });
  EXPECT_EQ(known.resolve_text("${target.gateway.target}/a"), "/to/9001/a");
  EXPECT_EQ(known.resolve_text("${target.gateway.authority}"), "127.0.0.1:81");
  EXPECT_EQ(known.resolve_text("${target.forward.target}/a"), "http://127.0.0.1:9001/a");
}

TEST(environment, an_endpoint_that_the_profile_lacks_is_told_by_name) {
  try {
    filled().resolve_text("${target.http.root.path}");
    FAIL() << "resolved";
  } catch (const missing_endpoint& why) {
    EXPECT_EQ(why.endpoint(), "http.root");
  }
  EXPECT_THROW(environment(1).resolve_text("${target.ws.echo}"), missing_endpoint);
}

TEST(environment, a_message_about_an_expression_is_printable) {
  try {
    filled().resolve_text("${\x1b[31m}");
    FAIL() << "resolved";
  } catch (const bad_expression& why) {
    EXPECT_EQ(std::string_view(why.what()).find('\x1b'), std::string_view::npos);
  }
}

TEST(environment, scalars_convert_to_what_is_wanted) {
  EXPECT_EQ(as_text(number(-5)), "-5");
  EXPECT_EQ(as_text({true, {}}), "true");
  EXPECT_EQ(as_text({}), "");
  EXPECT_EQ(as_integer(text("-12")), -12);
  EXPECT_TRUE(as_boolean(text("true")));
  EXPECT_FALSE(as_boolean({false, {}}));
  EXPECT_THROW(as_text({scenario::value_list{}, {}}), bad_expression);
  for (const char* wrong : {"", "-", "1x", "0x1", "9999999999999999999"})
    EXPECT_THROW(as_integer(text(wrong)), bad_expression) << wrong;
  EXPECT_THROW(as_boolean(text("yes")), bad_expression);
  EXPECT_THROW(as_boolean(number(1)), bad_expression);
}

}  // namespace
}  // namespace halley::engine
