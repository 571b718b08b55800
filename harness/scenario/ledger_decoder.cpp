#include "scenario/decoding.hpp"
#include "scenario/files.hpp"
#include "scenario/load.hpp"
#include "scenario/scalars.hpp"
#include "scenario/scenario.hpp"
#include "scenario/value.hpp"

#include <string>
#include <vector>

namespace halley::scenario {
namespace {

const decoder<std::string>& status_word() {
  static const choice<std::string> form({{"tested", "tested"},
                                         {"implicit", "implicit"},
                                         {"untestable", "untestable"},
                                         {"out-of-scope", "out-of-scope"}});
  return form;
}

const decoder<std::vector<std::string>>& role_list() {
  static const list_of<std::string> form(variant_text, 1);
  return form;
}

bool check_entry(const value& from, ledger_entry& into, decoding& with) {
  const bool excused = into.status == "untestable" || into.status == "out-of-scope";
  if (!excused || !into.why.empty()) return true;
  return with.error(from.find("status")->key_at, into.status + " needs a reason: 'why'");
}

const decoder<ledger_entry>& entry() {
  static const auto form =
      record<ledger_entry>()
          .required("id", &ledger_entry::id, dotted_text, "Section and word, 5.2-rsv.")
          .required("ref", &ledger_entry::ref, scalar_text, "RFC 6455 §5.2")
          .required("level", &ledger_entry::weight, requirement_level, "MUST NOT is a MUST.")
          .optional("roles", &ledger_entry::roles, role_list, "Who is bound.")
          .required("says", &ledger_entry::says, scalar_text, "In one sentence.")
          .optional("basis", &ledger_entry::basis, requirement_basis)
          .required("status", &ledger_entry::status, status_word)
          .optional("why", &ledger_entry::why, scalar_text, "Why it cannot or need not be tested.")
          .finish(check_entry);
  return form;
}

const decoder<ledger_entry>& placed_entry() {
  static const placed<ledger_entry> form(entry);
  return form;
}
const decoder<std::vector<ledger_entry>>& entries() {
  static const list_of<ledger_entry> form(placed_entry, 1);
  return form;
}

}  // namespace

const decoder<level>& requirement_level() {
  static const choice<level> form(
      {{"MUST", level::must}, {"SHOULD", level::should}, {"MAY", level::may}});
  return form;
}

const decoder<std::string>& requirement_basis() {
  static const choice<std::string> form(
      {{"explicit", "explicit"}, {"derived", "derived"}, {"convention", "convention"}});
  return form;
}

const decoder<ledger>& ledger_file() {
  static const auto form = record<ledger>()
                               .required("ledger", &ledger::name, dotted_text,
                                         "Its name, the first part of each id: rfc6455.")
                               .required("title", &ledger::title, scalar_text)
                               .required("entries", &ledger::entries, entries);
  return form;
}

}  // namespace halley::scenario
