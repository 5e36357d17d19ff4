// byte_buffer.hpp: a growable run of bytes that reports failure instead of throwing.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

namespace moonwright::runtime {

/// Where messages are encoded. Kept and reused by its owner, so that encoding rarely allocates.
///
/// Why not std::vector: it is written to from C functions that Lua may leave by longjmp, where an
/// exception must not start and a growing std::vector would throw.
///
/// Thread: confined to its owner's.
class ByteBuffer {
 public:
  ByteBuffer() = default;
  ByteBuffer(ByteBuffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  ByteBuffer& operator=(ByteBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~ByteBuffer() { std::free(data_); }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] char* data() noexcept { return data_; }
  [[nodiscard]] const char* data() const noexcept { return data_; }
  [[nodiscard]] std::string_view view() const noexcept { return {data_, size_}; }

  /// Makes room for `count` more bytes and returns where they go; null if there is no memory. The
  /// bytes count as written. Valid until the next call that grows.
  [[nodiscard]] char* extend(std::size_t count) noexcept {
    if (capacity_ - size_ < count && !grow(count)) return nullptr;
    char* at = data_ + size_;
    size_ += count;
    return at;
  }

  /// Forgets everything from `size` on. Requires: size <= this->size().
  void truncate(std::size_t size) noexcept { size_ = size; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  /// Gives back what is not written to, if the system takes it.
  void fit() noexcept {
    if (size_ == 0 || size_ == capacity_) return;
    auto* fitted = static_cast<char*>(std::realloc(data_, size_));
    if (fitted == nullptr) return;
    data_ = fitted;
    capacity_ = size_;
  }

  /// Forgets the contents; gives the memory back if it is more than `keep_bytes`.
  void clear(std::size_t keep_bytes) noexcept {
    size_ = 0;
    if (capacity_ <= keep_bytes) return;
    std::free(data_);
    data_ = nullptr;
    capacity_ = 0;
  }

 private:
  bool grow(std::size_t count) noexcept {
    if (count > (~std::size_t{0} >> 2) - size_) return false;
    std::size_t wanted = capacity_ == 0 ? 128 : capacity_;
    while (wanted - size_ < count) wanted *= 2;
    auto* grown = static_cast<char*>(std::realloc(data_, wanted));
    if (grown == nullptr) return false;
    data_ = grown;
    capacity_ = wanted;
    return true;
  }

  char* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace moonwright::runtime
