// meter.cpp: see meter.hpp.
#include "runtime/meter.hpp"

namespace moonwright::runtime {

void Meter::checkpoint(lua_State*) { fuel_ = kFuel; }

}  // namespace moonwright::runtime
