#include "base/bytes.hpp"
#include "fuzz/live/record.hpp"
#include "fuzz/oracles/reactions.hpp"
#include "fuzz/oracles/written_record.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace halley::fuzz {
namespace {

using namespace written;
using enum says;
using found = std::vector<std::string>;

octets post(octet_view body, octet_view more = "") {
  return "POST /echo HTTP/1.1\r\nHost: a\r\n" + octets(more) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + octets(body);
}

octets chunked(octet_view body, octet_view more = "") {
  return "POST /echo HTTP/1.1\r\nHost: a\r\n" + octets(more) +
         "Transfer-Encoding: chunked\r\n\r\n" + octets(body);
}

octets get(octet_view more = "Host: a\r\n", octet_view line = "GET / HTTP/1.1") {
  return octets(line) + "\r\n" + octets(more) + "\r\n";
}

octets answer(int status, octet_view body = "", octet_view more = "") {
  return "HTTP/1.1 " + std::to_string(status) +
         " So\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + octets(more) + "\r\n" +
         octets(body);
}

found http(const std::vector<turn>& said,
           ending how = ending::settled,
           const std::string& contract = "http.root") {
  return names(judge_http(record_of(said, how), contract));
}

found answered(const octets& request, const octets& response) {
  return http({{we, request}, {they, response}});
}

found nothing() {
  return {};
}

TEST(judge_http, a_request_that_must_be_refused_is_not_answered) {
  const octets ok = answer(200, "x");
  EXPECT_EQ(answered(get(""), ok), found{"rfc9112/3.2-missing-host answered"});
  EXPECT_EQ(answered(get("Host: a\r\nHost: a\r\n"), ok),
            found{"rfc9112/3.2-several-hosts answered"});
  for (const octet_view host : {"a b", "user@a", "a/b", "[::1", "a:80:80", "a:8x", "a\\b", "a?b"})
    EXPECT_EQ(answered(get("Host: " + octets(host) + "\r\n"), ok),
              found{"rfc9112/3.2-invalid-host answered"})
        << host;
  EXPECT_EQ(answered(get("Host: a\r\nX : b\r\n"), ok),
            found{"rfc9112/5.1-refuse-space-before-colon answered"});
  for (const octet_view length : {"abc", "-5", "+5", "0x5", "5 5", "5, 6", "", "5x"})
    EXPECT_EQ(answered(get("Host: a\r\nContent-Length: " + octets(length) + "\r\n"), ok),
              found{"rfc9112/6.3-invalid-length answered"})
        << length;
  for (const octet_view coding : {"chunked, gzip", "identity", "xchunked"})
    EXPECT_EQ(answered(get("Host: a\r\nTransfer-Encoding: " + octets(coding) + "\r\n"), ok),
              found{"rfc9112/6.3-not-chunked-last answered"})
        << coding;
  EXPECT_EQ(answered(get("Host: a\r\nno colon\r\n"), ok),
            found{"rfc9112/2.2-invalid-message answered"});
  EXPECT_EQ(answered(get(""), answer(302)), found{"rfc9112/3.2-missing-host answered"});
}

TEST(judge_http, whatever_refuses_it_is_good_enough) {
  for (const int status : {400, 404, 408, 413, 500, 501})
    EXPECT_EQ(answered(get(""), answer(status)), nothing()) << status;
  EXPECT_EQ(http({{we, get("")}, {they_finish}}, ending::target_finished), nothing());
  EXPECT_EQ(http({{we, get("")}, {they_reset}}, ending::target_reset), nothing());
}

TEST(judge_http, a_choice_of_the_recipient_is_no_finding) {
  const octets ok = answer(200, "x");
  // Hosts of every legal form.
  for (const octet_view host : {"a", "a:", "a:80", "[::1]:80", "127.0.0.1:8080", "a,b", "", "%41"})
    EXPECT_EQ(answered(get("Host: " + octets(host) + "\r\n"), ok), nothing()) << host;
  // Without Host, but a version or a form where none is due.
  EXPECT_EQ(answered(get("", "GET / HTTP/1.0"), ok), nothing());
  EXPECT_EQ(answered(get("", "GET / HTTP/1.x"), ok), nothing());
  EXPECT_EQ(answered(get("", "GET http://a/ HTTP/1.1"), ok), nothing());
  // Folded, with LF alone, with a CR inside, behind blanks: what the fault hides is not certain.
  EXPECT_EQ(answered(get("X: a\r\n Host: a\r\n"), ok), nothing());
  EXPECT_EQ(answered(get("X: a\nY : b\r\nHost: a\r\n"), ok), nothing());
  EXPECT_EQ(answered(get(" Host: a\r\n"), ok), nothing());
  EXPECT_EQ(answered(get("X: a\rHost: a\r\n"), ok), nothing());
  // Lengths that may be taken for one.
  for (const octet_view length : {"0, 0", "0,", "00"})
    EXPECT_EQ(answered(get("Host: a\r\nContent-Length: " + octets(length) + "\r\n"), ok), nothing())
        << length;
  // Codings of which chunked is the last one to those who only look for commas.
  for (const octet_view coding : {"\"gzip, chunked", "gzip;a=\"b, chunked", "chunked;a=b"})
    EXPECT_EQ(answered(get("Host: a\r\nTransfer-Encoding: " + octets(coding) + "\r\n"), ok),
              nothing())
        << coding;
  // No coding at all, and one beside a length.
  EXPECT_EQ(answered(get("Host: a\r\nTransfer-Encoding:\r\n"), ok), nothing());
  EXPECT_EQ(answered(get("Host: a\r\nTransfer-Encoding: identity\r\nContent-Length: 0\r\n"), ok),
            nothing());
}

TEST(judge_http, behind_bad_framing_the_connection_ends) {
  const octets bad = get("Host: a\r\nContent-Length: x\r\n") + get();
  const found went_on{"rfc9112/6.3-invalid-length went-on"};
  EXPECT_EQ(http({{we, bad}, {they, answer(400) + answer(200)}}), went_on);
  EXPECT_EQ(http({{we, bad}, {they, answer(400)}, {they_finish}}, ending::target_finished),
            nothing());
  EXPECT_EQ(http({{we, bad}, {they, answer(400)}}, ending::silent),
            found{"rfc9112/6.3-invalid-length open"});
  EXPECT_EQ(http({{we, bad}, {they, answer(400) + answer(408)}}), nothing());
  // Behind a good request.
  EXPECT_EQ(http({{we, get() + bad}, {they, answer(200) + answer(400) + answer(200)}}), went_on);
  EXPECT_EQ(http({{we, get() + bad}, {they, answer(200) + answer(400)}}), nothing());
}

TEST(judge_http, behind_length_and_coding_the_connection_ends) {
  const octets both =
      chunked("0\r\n\r\n" + get(), "Content-Length: " + std::to_string(5 + get().size()) + "\r\n");
  EXPECT_EQ(http({{we, both}, {they, answer(200) + answer(200)}}),
            found{"rfc9112/6.1-close-after-both went-on"});
  EXPECT_EQ(http({{we, both}, {they, answer(200)}}, ending::silent),
            found{"rfc9112/6.1-close-after-both open"});
  EXPECT_EQ(http({{we, both}, {they, answer(200)}, {they_finish}}, ending::target_finished),
            nothing());
  EXPECT_EQ(http({{we, both}, {they, answer(400)}, {they_finish}}, ending::target_finished),
            nothing());
  // Who closes in stages waits for what the length says.
  const octets longer = chunked("0\r\n\r\n", "Content-Length: 1000\r\n");
  EXPECT_EQ(http({{we, longer}, {they, answer(200)}}, ending::silent), nothing());
}

TEST(judge_http, behind_the_close_option_no_request_is_answered) {
  const octets last = get("Host: a\r\nConnection: x, close\r\n");
  EXPECT_EQ(http({{we, last + get()}, {they, answer(200) + answer(200)}}),
            found{"rfc9112/9.6-no-further-request went-on"});
  EXPECT_EQ(http({{we, last + get()}, {they, answer(200)}}, ending::silent),
            found{"rfc9112/9.6-close open"});
  EXPECT_EQ(http({{we, last}, {they, answer(200)}, {they_finish}}, ending::target_finished),
            nothing());
  EXPECT_EQ(http({{we, last}, {they, answer(200)}}), nothing());
  const octets old = get("Host: a\r\n", "GET / HTTP/1.0");
  EXPECT_EQ(http({{we, old + get()}, {they, answer(200) + answer(200)}}),
            found{"rfc9112/9.3-http-1.0 went-on"});
  const octets kept = get("Host: a\r\nConnection: keep-alive\r\n", "GET / HTTP/1.0");
  EXPECT_EQ(http({{we, kept + get()}, {they, answer(200) + answer(200)}}), nothing());
}

TEST(judge_http, octets_of_a_body_are_no_request) {
  const octets hidden = post(get());
  EXPECT_EQ(http({{we, hidden}, {they, answer(200) + answer(200)}}),
            found{"rfc9112/9.3-read-body extra-response"});
  EXPECT_EQ(http({{we, hidden}, {they, answer(200) + answer(400)}}),
            found{"rfc9112/9.3-read-body extra-response"});
  EXPECT_EQ(http({{we, hidden}, {they, answer(200) + answer(408)}}), nothing());
  EXPECT_EQ(http({{we, hidden + get()}, {they, answer(200) + answer(200)}}), nothing());
  EXPECT_EQ(http({{we, hidden + get().substr(0, 9)}, {they, answer(200) + answer(400)}}),
            nothing());
  EXPECT_EQ(http({{we, get()}, {they, "HTTP/1.1 100 Go on\r\n\r\n" + answer(200)}}), nothing());
  // Half a body: refused once more.
  const octets half = hidden.substr(0, hidden.size() - 2);
  EXPECT_EQ(http({{we, half}, {they, answer(200) + answer(400)}}), nothing());
  EXPECT_EQ(http({{we, half}, {they, answer(200) + answer(200)}}),
            found{"rfc9112/9.3-read-body extra-response"});
}

TEST(judge_http, a_length_is_not_cut) {
  const octets cut =
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551621\r\n\r\nhello" + get();
  EXPECT_EQ(http({{we, cut}, {they, answer(200) + answer(200)}}),
            found{"rfc9110/8.6-overflow extra-response"});
  EXPECT_EQ(http({{we, cut}, {they, answer(200)}}), nothing());
  EXPECT_EQ(http({{we, cut}, {they, answer(413)}, {they_finish}}), nothing());
}

found echo(const std::vector<turn>& said, ending how = ending::settled) {
  return http(said, how, "http.echo");
}

TEST(judge_http, a_body_comes_back_to_its_request) {
  const octets two = post("one") + post("two");
  EXPECT_EQ(echo({{we, two}, {they, answer(200, "one") + answer(200, "two")}}), nothing());
  EXPECT_EQ(echo({{we, two}, {they, answer(200, "two") + answer(200, "one")}}),
            found{"rfc9112/9.3.2-order desynchronised"});
  EXPECT_EQ(echo({{we, post("one")}, {they, answer(200, "on")}}),
            found{"rfc9112/6.3-exact-length other-content"});
  EXPECT_EQ(echo({{we, chunked("3\r\none\r\n0\r\n\r\n")}, {they, answer(200, "3\r\none")}}),
            found{"rfc9112/7.1-decode other-content"});
  EXPECT_EQ(echo({{we, chunked("1;a=b\r\no\r\n2\r\nne\r\n0\r\nX: a\r\n\r\n")},
                  {they, answer(200, "one")}}),
            nothing());
  // Another status, a coded body, half an answer.
  EXPECT_EQ(echo({{we, post("one")}, {they, answer(413, "no")}}), nothing());
  EXPECT_EQ(echo({{we, post("one", "Content-Encoding: gzip\r\n")}, {they, answer(200, "x")}}),
            nothing());
  EXPECT_EQ(echo({{we, post("one")}, {they, answer(200, "on").substr(0, 30)}}), nothing());
  EXPECT_EQ(echo({{we, get()}, {they, answer(200, "short text")}}), nothing());
}

TEST(judge_http, another_path_is_another_resource) {
  record elsewhere = record_of({{we, post("hello")}, {they, answer(200, "OK")}});
  elsewhere.path = "/echo";
  EXPECT_EQ(names(judge_http(elsewhere, "http.echo")),
            found{"rfc9112/6.3-exact-length other-content"});
  elsewhere.path = "/other";
  EXPECT_EQ(names(judge_http(elsewhere, "http.echo")), nothing());
}

TEST(judge_http, a_valid_body_is_not_called_wrong) {
  const auto refused = [](octet_view more, octet_view body, octet_view line = "POST /echo HTTP/1.1",
                          int status = 400) {
    return echo(
        {{we, octets(line) + "\r\nHost: 127.0.0.1:8080\r\n" + octets(more) + "\r\n" + octets(body)},
         {they, answer(status)}});
  };
  const found wrong{"contract:http.echo refused-valid"};
  const octets coded = "Transfer-Encoding: chunked\r\n";
  EXPECT_EQ(refused("Content-Length: 5\r\n", "hello"), wrong);
  EXPECT_EQ(refused(coded, "1;a=\"b\"\r\nh\r\n0\r\n\r\n"), wrong);
  EXPECT_EQ(refused("transfer-encoding: Chunked\r\n", "0A\r\n0123456789\r\n0\r\n\r\n"), wrong);
  EXPECT_EQ(refused("Content-Length: 5\r\n", "hello", "POST /echo HTTP/1.1", 413), nothing());
  // It may be what stands behind it that is refused.
  for (const octet_view line :
       {"GET /echo HTTP/1.2", "X /echo HTTP/1.1", "T o HTTP/1.1", "GET /%zz HTTP/1.1"})
    EXPECT_EQ(refused("Content-Length: 5\r\n",
                      "hello" + octets(line) + "\r\nHost: 127.0.0.1:8080\r\n\r\n"),
              nothing())
        << line;
  EXPECT_EQ(
      refused("Content-Length: 5\r\n", "helloGET /echo HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n"),
      wrong);
  EXPECT_EQ(refused("Content-Length: 5\r\n", "hello!"), nothing());
  // Or what stands before it: a trailer that must not be there, read behind the answer.
  const octets good =
      "POST /echo HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nContent-Length: 5\r\n\r\nhello";
  const octets twice = answer(200, "hello") + answer(400);
  EXPECT_EQ(echo({{we, good + good}, {they, twice}}), wrong);
  EXPECT_EQ(
      echo({{we, chunked("5\r\nhello\r\n0\r\nContent-Length:\r\n\r\n") + good}, {they, twice}}),
      nothing());
  EXPECT_EQ(refused("Content-Length: 5\r\n", "helloGET / HTTP/1.1\nHost : a\n\n"), nothing());
  EXPECT_EQ(refused("Content-Length: 5\r\nConnection: close\r\n",
                    "helloGET /echo HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n"),
            nothing());
  const octets type = "Content-Length: 5\r\nContent-Type: ";
  EXPECT_EQ(refused(type + "application/octet-stream\r\n", "hello"), wrong);
  EXPECT_EQ(refused(type + "application/json\r\n", "hello"), nothing());
  EXPECT_EQ(refused("Content-Length: 05\r\n", "hello"), nothing());
  EXPECT_EQ(refused("Content-Length: 5\r\n", "hell"), nothing());
  EXPECT_EQ(refused("Content-Length: 5\r\nX: a\r\n", "hello"), nothing());
  EXPECT_EQ(refused("Content-Length: 5\r\n", "hello", "POST /%zz HTTP/1.1"), nothing());
  EXPECT_EQ(refused(coded, "1 ;a\r\nh\r\n0\r\n\r\n"), nothing());
  EXPECT_EQ(refused(coded, "1\r\nh\r\n0\r\nHost: a\r\n\r\n"), nothing());
  EXPECT_EQ(refused(coded, "1\r\nh\r\n"), nothing());
}

TEST(judge_http, half_a_request_is_not_taken_for_a_whole_one) {
  const octets cut = chunked("5\r\nhello\r\n");
  EXPECT_EQ(echo({{we, cut}, {we_finish}, {they, answer(200, "hello")}}),
            found{"rfc9112/8-incomplete-request completed"});
  EXPECT_EQ(echo({{we, cut}, {they, answer(200, "hello")}, {we_finish}}), nothing());
  EXPECT_EQ(echo({{we, cut}, {we_finish}, {they, answer(400)}}), nothing());
  const octets shorter = post("hello").substr(0, post("hello").size() - 1);
  EXPECT_EQ(echo({{we, shorter}, {we_finish}, {they, answer(200, "hell")}}),
            found{"rfc9112/6.3-incomplete completed"});
  EXPECT_EQ(echo({{we, chunked("100000000000000000000005\r\nhello\r\n0\r\n\r\n")},
                  {they, answer(200, "hello")}}),
            found{"rfc9112/7.1-overflow completed"});
  EXPECT_EQ(echo({{we, chunked("5x\r\nhello\r\n0\r\n\r\n")}, {they, answer(200, "hello")}}),
            found{"rfc9112/2.2-invalid-message completed"});
  EXPECT_EQ(echo({{we, chunked("5\nhello\r\n0\r\n\r\n")}, {they, answer(200, "hello")}}),
            nothing());
}

TEST(judge_http, an_inspected_request_is_the_one_that_was_sent) {
  const octets said = post("hello") + get("Host: a\r\n", "XGET / HTTP/1.1");
  const octets first = answer(200, R"({"method":"POST","target":"/","body":"68656c6c6f"})");
  const auto judged = [&](const octets& second) {
    return http({{we, said}, {they, first + second}}, ending::settled, "http.inspect");
  };
  EXPECT_EQ(judged(answer(200, R"({"method":"XGET","target":"/","body":""})")), nothing());
  EXPECT_EQ(judged(answer(501)), nothing());
  EXPECT_EQ(judged(answer(200, "no JSON")), nothing());
  EXPECT_EQ(judged(answer(200, R"({"method":"GET","target":"/","body":""})")),
            found{"rfc9112/6.3-exact-length desynchronised"});
}

TEST(judge_http, an_origin_is_no_tunnel) {
  const octets connect = get("Host: a:1\r\n", "CONNECT a:1 HTTP/1.1");
  EXPECT_EQ(answered(connect, "HTTP/1.1 200 OK\r\n\r\n"), found{"rfc9110/9.3.6-tunnel tunnel"});
  EXPECT_EQ(answered(connect, answer(405)), nothing());
  EXPECT_EQ(http({{we, connect}, {they, "HTTP/1.1 200 OK\r\n\r\n"}}, ending::settled, "proxy.http"),
            nothing());
}

TEST(judge_http, a_valid_request_is_answered) {
  const found unanswered{"contract:http.root unanswered"};
  EXPECT_EQ(http({{we, get()}}, ending::silent), unanswered);
  EXPECT_EQ(http({{we, get()}, {they_finish}}, ending::target_finished), unanswered);
  EXPECT_EQ(http({{we, get()}}, ending::ended_by_us), nothing());
  EXPECT_EQ(http({{we, get()}, {we_finish}, {they_finish}}, ending::target_finished), nothing());
  EXPECT_EQ(http({{we, get() + "x"}}, ending::silent), nothing());
  EXPECT_EQ(http({{we, get("Host: a b\r\n")}}, ending::silent), nothing());
  EXPECT_EQ(http({{we, post("x")}}, ending::silent), unanswered);
  EXPECT_EQ(http({{we, post("x")}, {they_finish}}, ending::target_finished), nothing());
  EXPECT_EQ(http({{we, get()}}, ending::silent, "http.longpoll"), nothing());
}

TEST(judge_http, who_was_sent_too_much_may_read_no_further) {
  const found unanswered{"contract:http.root unanswered"};
  const octets rest(5000, 'x');
  for (const octets& before :
       {chunked("1\r\nh\r\n0\r\nX: " + rest + "\r\n\r\n"),
        chunked("1;" + rest + "\r\nh\r\n0\r\n\r\n"), post(octets(70000, 'x'))})
    EXPECT_EQ(http({{we, before + get()}, {they, answer(200)}}, ending::silent), nothing());
  EXPECT_EQ(http({{we, post(rest) + get()}, {they, answer(200)}}, ending::silent), unanswered);
}

TEST(judge_http, each_of_several_requests_is_answered) {
  const found unanswered{"contract:http.root unanswered"};
  const octets two = get() + get();
  EXPECT_EQ(http({{we, two}, {they, answer(200)}}, ending::silent), unanswered);
  EXPECT_EQ(http({{we, two}, {they, answer(200)}}), nothing());
  EXPECT_EQ(http({{we, two}, {they, answer(200)}, {they_finish}}, ending::target_finished),
            nothing());
  EXPECT_EQ(http({{we, two}, {they, answer(200, "", "Connection: close\r\n")}}, ending::silent),
            nothing());
  EXPECT_EQ(http({{we, two}, {they, answer(200, "half").substr(0, 40)}}, ending::silent),
            nothing());
  EXPECT_EQ(http({{we, two + "GET"}, {they, answer(200)}}, ending::silent), nothing());
}

TEST(judge_http, who_waits_with_its_content_is_answered) {
  const octets head =
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
  EXPECT_EQ(http({{we, head}}, ending::silent), found{"rfc9110/10.1.1-continue unanswered"});
  EXPECT_EQ(http({{we, head + "h"}}, ending::silent), nothing());
  EXPECT_EQ(http({{we, head}, {they, "HTTP/1.1 100 Go on\r\n\r\n"}}, ending::silent), nothing());
  EXPECT_EQ(http({{we, head}, {they, answer(417)}}, ending::silent), nothing());
  EXPECT_EQ(http({{we, head}, {they_finish}}, ending::target_finished), nothing());
}

TEST(judge_http, nothing_is_said_behind_what_is_not_certain) {
  // An answer before its request is some other one's.
  EXPECT_EQ(http({{we, "GET / HT"}, {they, answer(200)}, {we, "TP/1.1\r\n\r\n"}}), nothing());
  // Behind a request whose fault leaves a choice.
  EXPECT_EQ(answered(get("X: a\nHost: a\r\n") + get(""), answer(200) + answer(200)), nothing());
  // What the target sends is no HTTP.
  EXPECT_EQ(answered(get(""), "hello"), nothing());
}

}  // namespace
}  // namespace halley::fuzz
