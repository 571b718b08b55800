#pragma once

#include <cstdint>

/// Numbers of the pcapng format that its writer and its reader share.
/// Source: draft-ietf-opsawg-pcapng.
namespace halley::capture::pcapng_format {

inline constexpr std::uint32_t section_header = 0x0A0D0D0A;
inline constexpr std::uint32_t interface_description = 1;
inline constexpr std::uint32_t obsolete_packet = 2;
inline constexpr std::uint32_t simple_packet = 3;
inline constexpr std::uint32_t interface_statistics = 5;
inline constexpr std::uint32_t enhanced_packet = 6;

inline constexpr std::uint32_t byte_order_magic = 0x1A2B3C4D;
inline constexpr std::uint16_t major_version = 1;
inline constexpr std::uint16_t link_ethernet = 1;

inline constexpr std::uint16_t option_end = 0;
inline constexpr std::uint16_t option_comment = 1;
inline constexpr std::uint16_t option_application = 4;
inline constexpr std::uint16_t option_interface_name = 2;
inline constexpr std::uint16_t option_time_resolution = 9;
inline constexpr std::uint16_t option_time_offset = 14;
inline constexpr std::uint16_t option_packet_flags = 2;
inline constexpr std::uint16_t option_interface_drops = 5;
inline constexpr std::uint16_t option_system_drops = 7;

inline constexpr std::uint32_t flag_inbound = 1;
inline constexpr std::uint32_t flag_outbound = 2;
inline constexpr std::uint32_t direction_flags = 3;

}  // namespace halley::capture::pcapng_format
