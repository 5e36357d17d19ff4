// cancel_token.cpp: a new switch.
#include "moonwright/cancel_token.hpp"

namespace moonwright {

CancelToken::CancelToken() = default;

}  // namespace moonwright
