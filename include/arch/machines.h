/*
 * The records of the single machines, for arch.c's table only.
 */
#pragma once

#include "arch/arch.h"

extern const struct gl_arch gl_arch_x86_64;
extern const struct gl_arch gl_arch_i386;
extern const struct gl_arch gl_arch_aarch64;
extern const struct gl_arch gl_arch_arm;
