// crc32c.hpp: the checksum of stored bytes.
#pragma once

#include <cstdint>
#include <string_view>

namespace moonwright::runtime {

/// CRC-32C (Castagnoli: polynomial 1edc6f41, reflected, all ones before and after), as in iSCSI,
/// ext4 and many file formats. Finds every change of up to three bits, and every burst of up to 32.
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes) noexcept;

}  // namespace moonwright::runtime
