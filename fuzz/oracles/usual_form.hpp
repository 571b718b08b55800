#pragma once

#include "base/bytes.hpp"
#include "wire/http_message.hpp"

#include <cstddef>
#include <span>

namespace halley::fuzz {

/// The octets of a head that no server finds too many.
inline constexpr std::size_t usual_head = 4096;

/// Whether the target is a path with a query of letters, digits and few other characters, so that
/// its form is no reason to refuse it.
bool is_of_simple_form(octet_view target);

/// Whether Host has one value that names this machine: a server may know its names and refuse
/// others.
bool names_this_machine(const wire::field_section& fields);

/// Whether each element of the field's list is a token, or tokens with '/' between them: what
/// breaks the form of one element, an open quotation mark, say, does not hide others from everyone.
bool lists_words(const wire::field_section& fields, octet_view name);

/// Whether the head has no field but these, and those that name one thing only once and with a
/// value. Source: RFC 9110 §5.3.
bool has_only(const wire::field_section& fields, std::span<const octet_view> names);

}  // namespace halley::fuzz
