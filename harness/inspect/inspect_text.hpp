#pragma once

#include "base/bytes.hpp"
#include "inspect/inspection.hpp"
#include "inspect/verdict.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace halley::inspect {

/// What people read: file, protocols, integrity, latency, findings, what was not judged.
std::string summary_text(const inspection& of);

/// "✗ RFC 6455 §5.1 …": one line about a finding, without its flow.
std::string finding_line(const flow_finding& one);

/// "connection 12  10.0.0.1:40005 → 10.0.0.2:9001  ws /echo  1.21 s  ↑ 41 msgs  ↓ …".
std::string flow_line(const flow_verdict& one);

/// "1,234,567".
std::string grouped(std::uint64_t number);
/// "0.31 ms", "212 ms", "1.21 s": three digits that count.
std::string time_text(std::chrono::nanoseconds length);
/// "1.00 GB", "12.3 kB", "512 B": decimal units.
std::string amount_text(std::uint64_t count);

}  // namespace halley::inspect
