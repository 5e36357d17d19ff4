// export.hpp: marks what the library makes visible to its users; everything else is hidden.
#pragma once

#if defined(__GNUC__) || defined(__clang__)
#define MOONWRIGHT_API __attribute__((visibility("default")))
#else
#define MOONWRIGHT_API
#endif
