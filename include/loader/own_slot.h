/*
 * The slot of the stub that runs.
 */
#pragma once

#include "loader/slot.h"

/* As golaunch patched it in the file; its paths may lack their NUL only if that file was tampered with. */
const struct gl_stub_slot *gl_ld_own_slot(void);
