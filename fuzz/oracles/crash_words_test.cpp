#include "fuzz/oracles/crash_words.hpp"

#include "base/bytes.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

namespace halley::fuzz {
namespace {

struct known {
  octet_view log;
  octet_view key;
  bool certain;
};

const std::vector<known>& reports() {
  static const std::vector<known> all = {
      {"==77==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602000000011 at pc 0x1\n"
       "READ of size 1 at 0x602000000011 thread T0\n"
       "    #0 0x4a in __asan_memcpy (/bin/server+0x4a)\n"
       "    #1 0x55 in http::utf8_size(char const*, int) /src/http/utf8.cpp:12:3\n"
       "    #2 0x66 in main /src/main.cpp:4:5\n"
       "\n"
       "SUMMARY: AddressSanitizer: heap-buffer-overflow /src/http/utf8.cpp:12:3\n",
       "AddressSanitizer heap-buffer-overflow in http::utf8_size(char const*, int)", true},
      {"==9==ERROR: AddressSanitizer: SEGV on unknown address 0x000000000000 (pc 0x55 T0)\n"
       "    #0 0x55 in serve server.c:3\n",
       "AddressSanitizer SEGV in serve server.c", true},
      {"WARNING: ThreadSanitizer: data race (pid=77)\n"
       "  Write of size 8 at 0x7b0400000010 by thread T1:\n"
       "    #0 queue::push(int) /src/queue.cpp:7 (server+0x1)\n",
       "ThreadSanitizer data race in queue::push(int)", true},
      {"==77==ERROR: LeakSanitizer: detected memory leaks\n\n"
       "Direct leak of 24 byte(s) in 1 object(s) allocated from:\n"
       "    #0 0x4 in malloc (/bin/server+0x4)\n    #1 0x5 in keep /src/a.c:1:2\n",
       "LeakSanitizer detected memory leaks in keep", true},
      {"/src/frame.c:88:14: runtime error: signed integer overflow: 2147483647 + 1 cannot be "
       "represented in type 'int'\n",
       "runtime error frame.c signed integer overflow: + cannot be represented in type 'int'",
       true},
      {"panic: runtime error: index out of range [5] with length 3\n\n"
       "goroutine 7 [running]:\npanic({0x1, 0x2})\n\t/go/panic.go:5\n"
       "main.readFrame(0xc00001, 0x3)\n\t/src/main.go:9 +0x1d\n",
       "panic runtime error: index out of range [] with length in main.readFrame", true},
      {"fatal error: concurrent map writes\n\ngoroutine 9 [running]:\nmain.(*hub).add(0xc0)\n",
       "fatal error concurrent map writes in main.(*hub).add", true},
      {"2026/01/01 http: panic serving 127.0.0.1:5555: nope\ngoroutine 9 [running]:\n"
       "net/http.(*conn).serve.func1()\nmain.handle({0x1})\n",
       "panic in main.handle", false},
      {"thread 'tokio-runtime-worker' panicked at src/frame.rs:5:9:\nboom\n",
       "panicked src/frame.rs", false},
      {"Traceback (most recent call last):\n  File \"/a/b.py\", line 3, in outer\n    x()\n"
       "  File \"/a/b.py\", line 7, in read_frame\n    raise\nValueError: bad 17\n",
       "Traceback ValueError in read_frame", false},
      {"Exception in thread \"main\" java.lang.IllegalStateException: no 7\n"
       "\tat org.a.Frame.read(Frame.java:7)\n",
       "Exception \"main\" java.lang.IllegalStateException: no in org.a.Frame.read", false},
      {"*** stack smashing detected ***: terminated\n", "stack smashing", true},
      {"free(): invalid pointer\n", "free(): invalid pointer", true},
      {"server: frame.c:12: read_frame: Assertion `n < 126' failed.\n", "Assertion `n < ' failed.",
       true},
      {"[alert] 7#7: worker process 9 exited on signal 11 (core dumped)\n",
       "exited on signal (core dumped)", true},
      {"Segmentation fault (core dumped)\n", "Segmentation fault", true},
      {"terminate called after throwing an instance of 'std::bad_alloc'\n",
       "terminate called after throwing an instance of 'std::bad_alloc'", true},
  };
  return all;
}

TEST(crash_words, each_report_gives_one_key) {
  for (const known& one : reports()) {
    const auto found = crashes_in("listening on 8080\n" + octets(one.log) + "bye\n");
    ASSERT_EQ(found.size(), 1U) << one.log;
    EXPECT_EQ(found[0].key, one.key);
    EXPECT_EQ(found[0].certain, one.certain) << one.log;
  }
}

TEST(crash_words, addresses_and_line_numbers_do_not_tell_reports_apart) {
  const auto with = [](octet_view address, octet_view line) {
    return crashes_in("==7==ERROR: AddressSanitizer: heap-use-after-free on address " +
                      octets(address) + "\n    #0 " + octets(address) +
                      " in f(int) /a.cpp:" + octets(line) + "\n");
  };
  ASSERT_EQ(with("0x60", "3").size(), 1U);
  EXPECT_EQ(with("0x60", "3")[0].key, with("0x7fff01", "44:5")[0].key);
}

TEST(crash_words, several_reports_are_told_apart) {
  octets log;
  for (const known& one : reports())
    log += octets(one.log) + "GET / 200\n";
  std::vector<std::string> keys;
  for (const crash& one : crashes_in(log))
    keys.push_back(one.key);
  ASSERT_EQ(keys.size(), reports().size());
  for (std::size_t i = 0; i < keys.size(); ++i)
    EXPECT_EQ(keys[i], reports()[i].key);
}

TEST(crash_words, ordinary_logs_hold_none) {
  for (const octet_view log :
       {"", "\n\n", "127.0.0.1 - GET /panic HTTP/1.1 200", "error: connection reset by peer",
        "compiled with AddressSanitizer", "don't panic: all is well", "warning: assertion skipped",
        "client sent 0x41 Traceback"})
    EXPECT_TRUE(crashes_in(log).empty()) << log;
}

TEST(crash_words, hostile_logs_cost_little_and_show_no_control_characters) {
  const octets junk = octets("panic: \x1b[31m\x01") + octets(5'000'000, '#');
  const auto found = crashes_in(junk);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_LE(found[0].key.size(), 160U);
  EXPECT_EQ(found[0].key.find('\x1b'), octets::npos);
  EXPECT_EQ(found[0].line.find('\x1b'), octets::npos);
  octets many;
  for (int i = 0; i < 1000; ++i)
    many += "Segmentation fault\n";
  EXPECT_EQ(crashes_in(many).size(), 32U);
}

}  // namespace
}  // namespace halley::fuzz
