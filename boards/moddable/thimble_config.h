/* thimble.h includes this file where it is in the include path: a manifest's "defines" become C here. */
#include "mc.defines.h"

#ifdef MODDEF_THIMBLE_MEMORY_BYTES
#define THIMBLE_MEMORY_BYTES MODDEF_THIMBLE_MEMORY_BYTES
#endif
