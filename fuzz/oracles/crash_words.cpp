#include "fuzz/oracles/crash_words.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "base/printable.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace halley::fuzz {
namespace {

constexpr std::size_t most_octets = std::size_t{1} << 20U;
constexpr std::size_t most_reports = 32;
constexpr std::size_t most_key = 160;
constexpr std::size_t most_lines_of_report = 200;

enum class place { anywhere, at_start };

/// Where a report says in which function it happened.
enum class frames {
  none,
  numbered,   ///< "    #0 0x55 in parse(int) /a/b.cpp:3:4"
  go,         ///< "main.serve(0xc000, 0x1)" behind "goroutine 1 [running]:"
  java,       ///< "\tat a.B.c(B.java:4)", as JavaScript's
  traceback,  ///< "  File "a.py", line 3, in serve"; the last one, and the exception behind it
};

struct word {
  octet_view text;
  place where;
  octet_view name;
  frames trace;
  bool certain;
  bool tells;  ///< whether what stands behind the word says what happened
};

// In the order of trial: Go's "panic: runtime error:" is not that of a sanitizer.
constexpr auto words = std::to_array<word>({
    {"AddressSanitizer: ", place::anywhere, "AddressSanitizer", frames::numbered, true, true},
    {"ThreadSanitizer: ", place::anywhere, "ThreadSanitizer", frames::numbered, true, true},
    {"MemorySanitizer: ", place::anywhere, "MemorySanitizer", frames::numbered, true, true},
    {"LeakSanitizer: ", place::anywhere, "LeakSanitizer", frames::numbered, true, true},
    {"UndefinedBehaviorSanitizer: ", place::anywhere, "UndefinedBehaviorSanitizer",
     frames::numbered, true, true},
    {"http: panic serving ", place::anywhere, "panic", frames::go, false, false},
    {"panic: ", place::at_start, "panic", frames::go, true, true},
    {"fatal error: ", place::at_start, "fatal error", frames::go, true, true},
    {"runtime error: ", place::anywhere, "runtime error", frames::none, true, true},
    {" panicked at ", place::anywhere, "panicked", frames::none, false, true},
    {"Fatal Python error: ", place::at_start, "Fatal Python error", frames::none, true, true},
    {"Traceback (most recent call last):", place::anywhere, "Traceback", frames::traceback, false,
     false},
    {"A fatal error has been detected by the Java Runtime Environment", place::anywhere,
     "Java Runtime Environment", frames::none, true, false},
    {"Exception in thread ", place::anywhere, "Exception", frames::java, false, true},
    {"FATAL ERROR: ", place::at_start, "FATAL ERROR", frames::none, true, true},
    {"stack smashing detected", place::anywhere, "stack smashing", frames::none, true, false},
    {"buffer overflow detected", place::anywhere, "buffer overflow", frames::none, true, false},
    {"double free or corruption", place::anywhere, "double free or corruption", frames::none, true,
     false},
    {"free(): invalid ", place::anywhere, "free(): invalid", frames::none, true, true},
    {"malloc(): ", place::at_start, "malloc()", frames::none, true, true},
    {"corrupted size vs. prev_size", place::anywhere, "corrupted size", frames::none, true, false},
    {"munmap_chunk(): ", place::at_start, "munmap_chunk()", frames::none, true, true},
    {"pure virtual method called", place::anywhere, "pure virtual method called", frames::none,
     true, false},
    {"terminate called ", place::at_start, "terminate called", frames::none, true, true},
    {"Segmentation fault", place::anywhere, "Segmentation fault", frames::none, true, false},
    {"exited on signal ", place::anywhere, "exited on signal", frames::none, true, true},
    {"Aborted (core dumped)", place::anywhere, "Aborted", frames::none, true, false},
});

bool is_word(char c) {
  return ascii::is_tchar(c) && c != '\'' && c != '`' && c != '+' && c != '.' && c != '-';
}

// "0x7f" or a number that is no part of a word.
std::size_t size_of_number(octet_view text, std::size_t i) {
  if (i > 0 && is_word(text[i - 1])) return 0;
  std::size_t end = i;
  if (text.substr(i).starts_with("0x")) {
    end += 2;
    while (end < text.size() && ascii::hex_digit(text[end]) >= 0)
      ++end;
    return end - i;
  }
  while (end < text.size() && ascii::is_digit(text[end]))
    ++end;
  return end < text.size() && is_word(text[end]) ? 0 : end - i;
}

// Without addresses, numbers and what stood between them, and with single spaces.
std::string normalised(octet_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size() && result.size() < most_key;) {
    if (const std::size_t size = size_of_number(text, i)) {
      i += size;
      while (!result.empty() && (result.back() == ':' || result.back() == '='))
        result.pop_back();
      continue;
    }
    const char c = text[i++];
    const bool space = ascii::is_blank(c) || ascii::is_control(c);
    if (!space || (!result.empty() && result.back() != ' ')) result += space ? ' ' : c;
  }
  while (!result.empty() && (result.back() == ' ' || result.back() == ':' || result.back() == ','))
    result.pop_back();
  return printable(result, most_key);
}

bool starts_with_any(octet_view text, std::initializer_list<octet_view> beginnings) {
  return std::ranges::any_of(beginnings, [&](octet_view one) { return text.starts_with(one); });
}

// "#0 0x55 in parse(int) /a/b.cpp:3:4 (prog+0x1)": the function. Empty for another line.
octet_view numbered_frame(octet_view line) {
  octet_view text = ascii::trim_blank(line);
  if (!text.starts_with('#')) return {};
  const std::size_t gap = text.find(' ');
  if (gap == octet_view::npos || gap < 2 ||
      !std::ranges::all_of(text.substr(1, gap - 1), ascii::is_digit))
    return {};
  text = ascii::trim_blank(text.substr(gap));
  if (text.starts_with("0x")) {
    const std::size_t in = text.find(" in ");
    if (in == octet_view::npos) return {};
    text.remove_prefix(in + 4);
  }
  return text.substr(0, std::min(text.find(" /"), text.find(" (")));
}

// Frames of the library that notices the fault.
bool is_of_the_finder(octet_view function) {
  return starts_with_any(
      function,
      {"__asan",       "__interceptor",   "__sanitizer", "__tsan",  "__msan",      "__lsan",
       "__ubsan",      "___interceptor",  "malloc",      "calloc",  "realloc",     "free",
       "operator new", "operator delete", "memcpy",      "memmove", "memset",      "strlen",
       "abort",        "raise",           "gsignal",     "__GI_",   "pthread_kill"});
}

/// The lines of a log, one after the other.
class log_reader {
public:
  explicit log_reader(octet_view log) {
    log = log.substr(0, most_octets);
    while (!log.empty()) {
      const std::size_t end = std::min(log.find('\n'), log.size());
      octet_view line = log.substr(0, end);
      if (line.ends_with('\r')) line.remove_suffix(1);
      lines_.push_back(line);
      log.remove_prefix(std::min(end + 1, log.size()));
    }
  }

  std::vector<crash> run() {
    std::vector<crash> found;
    for (std::size_t i = 0; i < lines_.size() && found.size() < most_reports; ++i) {
      if (lines_[i].starts_with("SUMMARY: ") || add_assertion(i, found)) continue;
      if (const word* one = word_of(lines_[i])) add(*one, i, found);
    }
    return found;
  }

private:
  static const word* word_of(octet_view line) {
    for (const word& one : words) {
      const std::size_t at = line.find(one.text);
      if (at != octet_view::npos && (one.where == place::anywhere || at == 0)) return &one;
    }
    return nullptr;
  }

  void add(const word& one, std::size_t& i, std::vector<crash>& found) {
    std::string key(one.name);
    const std::size_t at = lines_[i].find(one.text);
    const octet_view behind = lines_[i].substr(at + one.text.size());
    // A sanitizer's file stands in front: "a.cpp:3:4: runtime error: …".
    if (one.name == "runtime error") key += " " + file_of(lines_[i].substr(0, at));
    if (one.tells && one.trace == frames::numbered)
      key += " " + normalised(behind.substr(0, end_of_kind(behind)));
    else if (one.tells)
      key += " " + normalised(behind);
    crash report{.key = {}, .line = printable(lines_[i]), .certain = one.certain};
    const std::string where = frame_behind(one.trace, i);
    if (!where.empty()) key.append(one.trace == frames::traceback ? " " : " in ").append(where);
    report.key = key.substr(0, most_key);
    found.push_back(std::move(report));
  }

  // "heap-buffer-overflow on address 0x…", "data race (pid=7)", "SEGV on unknown address".
  static std::size_t end_of_kind(octet_view text) {
    return std::min({text.find(" on "), text.find(" ("), text.find(": "), text.size()});
  }

  static std::string file_of(octet_view path) {
    const std::size_t slash = path.rfind('/');
    return normalised(slash == octet_view::npos ? path : path.substr(slash + 1));
  }

  // "prog: file.c:3: serve: Assertion `x' failed.", "Assertion failed: (x), file a.c, line 3."
  bool add_assertion(std::size_t i, std::vector<crash>& found) const {
    const octet_view line = lines_[i];
    const std::size_t at = line.find("Assertion ");
    if (at == octet_view::npos || line.find("failed", at) == octet_view::npos) return false;
    found.push_back({.key = normalised(line.substr(at)).substr(0, most_key),
                     .line = printable(line),
                     .certain = true});
    return true;
  }

  // The function that the report behind line `i` names; `i` goes to the last line that was read.
  std::string frame_behind(frames kind, std::size_t& i) const {
    const std::size_t end = std::min(lines_.size(), i + most_lines_of_report);
    switch (kind) {
      case frames::none:
        break;
      case frames::numbered:
        return sanitizer_frame(i, end);
      case frames::go:
        return go_frame(i, end);
      case frames::java:
        if (i + 1 < end) {
          const octet_view next = ascii::trim_blank(lines_[i + 1]);
          if (next.starts_with("at "))
            return normalised(next.substr(3, std::min(next.find('('), next.size()) - 3));
        }
        break;
      case frames::traceback:
        return python_frame(i, end);
    }
    return {};
  }

  // Up to the SUMMARY that ends the report, or else its last frame.
  std::string sanitizer_frame(std::size_t& i, std::size_t end) const {
    std::string first;
    for (std::size_t k = i + 1; k < end; ++k) {
      const bool ends = lines_[k].starts_with("SUMMARY: ");
      const octet_view function = numbered_frame(lines_[k]);
      if (ends || !function.empty()) i = k;
      if (ends || word_of(lines_[k]) != nullptr) break;
      if (first.empty() && !function.empty() && !is_of_the_finder(function))
        first = normalised(function);
    }
    return first;
  }

  std::string go_frame(std::size_t& i, std::size_t end) const {
    bool inside = false;
    for (std::size_t k = i + 1; k < end; ++k) {
      const octet_view line = lines_[k];
      if (word_of(line) != nullptr) break;
      if (line.starts_with("goroutine ")) {
        inside = true;
      } else if (inside && !line.empty() && !line.starts_with('\t') &&
                 line.find('(') != octet_view::npos &&
                 !starts_with_any(line, {"panic(", "runtime.", "net/http.", "created by "})) {
        i = k;
        return normalised(line.substr(0, line.rfind('(')));
      }
    }
    return {};
  }

  std::string python_frame(std::size_t& i, std::size_t end) const {
    std::string function;
    for (std::size_t k = i + 1; k < end; ++k) {
      const octet_view line = lines_[k];
      if (word_of(line) != nullptr) break;
      const std::size_t in = line.find(", in ");
      if (in != octet_view::npos && ascii::trim_blank(line).starts_with("File "))
        function = normalised(line.substr(in + 5));
      if (line.empty() || ascii::is_blank(line.front())) continue;
      i = k;
      std::string exception = normalised(line.substr(0, line.find(':')));
      if (!function.empty()) exception.append(" in ").append(function);
      return exception;
    }
    return function;
  }

  std::vector<octet_view> lines_;
};

}  // namespace

std::vector<crash> crashes_in(octet_view log) {
  return log_reader(log).run();
}

}  // namespace halley::fuzz
