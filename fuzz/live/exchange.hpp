#pragma once

#include "base/bytes.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace halley::fuzz {

/// Where an exchange is played: one endpoint of a target.
struct place {
  std::string contract;   ///< "ws.echo", see halley list contracts
  std::string authority;  ///< "127.0.0.1:8080", for Host
  std::string path;       ///< "/echo?x=1", the origin-form of the endpoint

  bool operator==(const place&) const = default;
};

/// One thing that the client of an exchange does.
struct act {
  enum class kind {
    write,   ///< sends `data`, in one write
    answer,  ///< waits for the head of a final response or 101 more, or for silence
    pause,   ///< lets `length` pass
    finish,  ///< sends FIN; reading goes on
    reset,   ///< sends RST; nothing comes behind it
    close,   ///< closes both directions; nothing comes behind it
  };
  kind what = kind::write;
  octets data;
  std::chrono::milliseconds length{0};

  bool operator==(const act&) const = default;
};

/// What one connection says to a target. It does not depend on what comes back, so that the same
/// exchange can be played again, cut otherwise, or to another target.
struct exchange {
  place at;
  std::vector<act> acts;
  /// What was done wrong on purpose, "bare-lf": for people. Oracles read the octets instead.
  std::vector<std::string> deviations;

  bool operator==(const exchange&) const = default;
};

/// All octets that it sends.
octets sent_by(const exchange& what);

}  // namespace halley::fuzz
