#pragma once

#include "checks/finding.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace halley::fuzz {

/// The requirements that reactions are held to: rows of the ledger, with its section and level.
const std::vector<checks::rule>& ledger_rules();

/// The row under this id, which must be there: "rfc6455/5.2-rsv".
const checks::rule& ledger_rule(std::string_view id);

/// What an endpoint contract promises: "contract:http.echo".
checks::rule contract_rule(std::string_view contract, std::string says);

}  // namespace halley::fuzz
