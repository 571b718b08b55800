#include "cli/inspect_junit.hpp"

#include "base/hex.hpp"
#include "inspect/inspection.hpp"
#include "inspect/verdict.hpp"
#include "reports/text_safety.hpp"

#include <cstddef>
#include <string>

namespace halley::cli {
namespace {

using reports::xml_attribute;
using reports::xml_text;

std::string place_of(const inspect::finding_group& one) {
  std::string text = "flow " + std::to_string(one.flow);
  if (one.first.frame != 0) text += ", frame " + std::to_string(one.first.frame);
  return text + ", " + inspect::name(one.first.by) + "+" + std::to_string(one.first.off) + ", on " +
         std::to_string(one.times) + " connections";
}

std::string case_text(const inspect::finding_group& one) {
  const auto& found = one.first;
  std::string text = "  <testcase classname=\"" + inspect::name(found.by) + "\" name=\"" +
                     xml_attribute(found.broken.id) + "\">\n";
  if (found.weight == inspect::severity::violation) {
    text += "   <failure message=\"" + xml_attribute(found.got) + "\">" +
            xml_text(found.broken.ref + ": " + found.broken.says + "\nexpected " + found.expected +
                     "\ngot      " + found.got + "\n" + place_of(one) + "\noctets   " +
                     to_hex(found.data)) +
            "</failure>\n";
  } else {
    text += "   <properties><property name=\"severity\" value=\"" + inspect::name(found.weight) +
            "\"/></properties>\n   <system-out>" + xml_text(found.got + "\n" + place_of(one)) +
            "</system-out>\n";
  }
  return text + "  </testcase>\n";
}

}  // namespace

std::string junit_text(const inspect::inspection& of) {
  std::string cases;
  for (const auto& one : of.findings)
    cases += case_text(one);
  for (const auto& one : of.not_judged)
    cases += "  <testcase classname=\"not judged\" name=\"" + xml_attribute(one.reason) +
             "\"><skipped message=\"" + std::to_string(one.times) + " connections\"/></testcase>\n";
  const std::size_t ours = of.findings.empty() ? 1 : 0;
  if (ours == 1) cases += "  <testcase classname=\"capture\" name=\"nothing was found\"/>\n";
  const std::string counts =
      "tests=\"" + std::to_string(of.findings.size() + of.not_judged.size() + ours) +
      "\" failures=\"" + std::to_string(of.count(inspect::severity::violation)) +
      "\" errors=\"0\" skipped=\"" + std::to_string(of.not_judged.size()) + "\"";
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"halley inspect\" " +
         counts + ">\n <testsuite name=\"" + xml_attribute(of.file) + "\" " + counts + ">\n" +
         cases + " </testsuite>\n</testsuites>\n";
}

}  // namespace halley::cli
