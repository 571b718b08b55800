#include "scenario/compatibility.hpp"
#include "scenario/decoding.hpp"
#include "scenario/files.hpp"
#include "scenario/scalars.hpp"
#include "scenario/value.hpp"

#include <set>
#include <string>
#include <vector>

namespace halley::scenario {
namespace {

const decoder<std::vector<std::string>>& scenario_list() {
  static const list_of<std::string> form(scenario_use, 1);
  return form;
}

bool check_row(const value& from, compatibility_row& into, decoding& with) {
  if (into.ours.empty() == into.why.empty())
    return with.error(from.at, "a row needs either 'ours' or 'why'");
  return true;
}

const decoder<compatibility_row>& row() {
  static const auto form =
      record<compatibility_row>()
          .required("id", &compatibility_row::id, plain_text, "A word to speak of it by.")
          .required("when", &compatibility_row::when, scalar_text, "The situation.")
          .required("did", &compatibility_row::did, scalar_text, "What the other was seen to do.")
          .optional("wants", &compatibility_row::wants, scalar_text,
                    "What our contract wants; the same without it.")
          .optional("ours", &compatibility_row::ours, scenario_list, "Scenarios that show it.")
          .optional("why", &compatibility_row::why, scalar_text, "Why none does.")
          .finish(check_row);
  return form;
}

const decoder<compatibility_row>& placed_row() {
  static const placed<compatibility_row> form(row);
  return form;
}
const decoder<std::vector<compatibility_row>>& rows() {
  static const list_of<compatibility_row> form(placed_row, 1);
  return form;
}

bool check_table(const value& /*from*/, compatibility& into, decoding& with) {
  std::set<std::string> seen;
  bool good = true;
  for (const auto& one : into.rows)
    if (!seen.insert(one.id).second)
      good = with.error(one.at, "'" + one.id + "' is already a row of this table");
  return good;
}

}  // namespace

const decoder<compatibility>& compatibility_file() {
  static const auto form =
      record<compatibility>()
          .required("compatibility", &compatibility::name, dotted_text, "Its name: tomcat7.")
          .required("title", &compatibility::title, scalar_text)
          .required("other", &compatibility::other, scalar_text, "The server, as a row names it.")
          .optional("about", &compatibility::about, scalar_text, "How it was seen.")
          .required("rows", &compatibility::rows, rows)
          .finish(check_table);
  return form;
}

}  // namespace halley::scenario
