// meter.cpp: see meter.hpp.
#include "runtime/meter.hpp"

namespace moonwright::runtime {

void Meter::checkpoint(lua_State*) {
  paid_ += static_cast<std::uint64_t>(kFuel - fuel_);
  fuel_ = kFuel;
}

}  // namespace moonwright::runtime
