#pragma once

namespace halley::bench {

/// What one echo of 64 octets costs a WebSocket server that is nothing but Beast on a TCP socket:
/// seconds of processor time of its thread, over loopback, as the median of three runs of 32
/// connections with 2,000 messages each. The measure of the machine as it is just now.
double plain_echo_seconds();

}  // namespace halley::bench
