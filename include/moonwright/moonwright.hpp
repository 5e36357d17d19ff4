// moonwright.hpp: everything a host needs.
#pragma once

#include "moonwright/actor_ref.hpp"
#include "moonwright/bytes.hpp"
#include "moonwright/durations.hpp"
#include "moonwright/error.hpp"
#include "moonwright/limits.hpp"
#include "moonwright/log.hpp"
#include "moonwright/options.hpp"
#include "moonwright/profiles.hpp"
#include "moonwright/result.hpp"
#include "moonwright/runtime.hpp"
#include "moonwright/script.hpp"
#include "moonwright/value.hpp"
#include "moonwright/version.hpp"
