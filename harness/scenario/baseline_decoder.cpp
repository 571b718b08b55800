#include "scenario/baseline.hpp"
#include "scenario/decoding.hpp"
#include "scenario/files.hpp"
#include "scenario/scalars.hpp"
#include "scenario/value.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace halley::scenario {
namespace {

const decoder<std::string>& expectation() {
  static const choice<std::string> form(
      {{"fail", "fail"}, {"warn", "warn"}, {"flaky", "flaky"}, {"skip", "skip"}});
  return form;
}

/// One requirement, or a list of them: the scenario's own names, or ids of the ledger.
class requirement_names final : public decoder<std::vector<std::string>> {
public:
  bool decode(const value& from, std::vector<std::string>& into, decoding& with) const override {
    if (from.list() != nullptr) return texts().decode(from, into, with);
    return scalar_text().decode(from, into.emplace_back(), with);
  }
  json describe(schema_parts& parts) const override {
    return {{"anyOf", {scalar_text().describe(parts), texts().describe(parts)}}};
  }
};
const decoder<std::vector<std::string>>& names() {
  static const requirement_names form;
  return form;
}

bool is_date(std::string_view text) {
  constexpr std::string_view form = "0000-00-00";
  if (text.size() != form.size()) return false;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (form[i] == '0' ? !digit : text[i] != form[i]) return false;
  }
  return true;
}

bool check_entry(const value& from, baseline_entry& into, decoding& with) {
  bool good = true;
  const auto wrong = [&](const char* key, const std::string& text) {
    good = with.error(from.find(key)->at, text);
  };
  if (!into.until.empty() && !is_date(into.until)) wrong("until", "a date is YYYY-MM-DD");
  if (into.at_most < 0 || into.at_most > 1) wrong("at-most", "a share is between 0 and 1");
  if (from.find("at-most") != nullptr && into.expect != "flaky")
    wrong("at-most", "'at-most' is for expect: flaky");
  if (into.expect == "skip" && !(into.variant.empty() && into.violates.empty()))
    wrong("expect", "what is skipped fails in no way: leave out 'variant' and 'violates'");
  return good;
}

const decoder<baseline_entry>& entry() {
  static const auto form =
      record<baseline_entry>()
          .required("match", &baseline_entry::match, scalar_text,
                    "A glob on ids; in brackets name=glob, and * for the other parameters.")
          .required("expect", &baseline_entry::expect, expectation)
          .optional("variant", &baseline_entry::variant, variant_text, "The way it fails.")
          .optional("violates", &baseline_entry::violates, names, "Names, or ids of the ledger.")
          .required("reason", &baseline_entry::reason, scalar_text, "Why it is as it is.")
          .optional("issue", &baseline_entry::issue, scalar_text, "Where it is being mended.")
          .optional("until", &baseline_entry::until, scalar_text, "Expired behind this day.")
          .optional("at-most", &baseline_entry::at_most, factor, "The share that may fail.")
          .finish(check_entry);
  return form;
}
const decoder<baseline_entry>& placed_entry() {
  static const placed<baseline_entry> form(entry);
  return form;
}
const decoder<std::vector<baseline_entry>>& entries() {
  static const list_of<baseline_entry> form(placed_entry);
  return form;
}

}  // namespace

const decoder<baseline>& baseline_file() {
  static const auto form =
      record<baseline>()
          .checked("baseline", presence::required, version_one, "The version of the format.")
          .optional("profile", &baseline::profile, variant_text, "The target that it is about.")
          .required("entries", &baseline::entries, entries);
  return form;
}

}  // namespace halley::scenario
