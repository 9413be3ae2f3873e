/*
 * Who starts the Go runtime: the thread that a program begins with, or one that a
 * library made.
 *
 * In a program that Go's linker made (or had made by the C linker) the main thread
 * enters the runtime and runs every init function.  A C program with a Go archive
 * in it (-buildmode=c-archive) has a start-up function that makes a thread for
 * the runtime (runtime/asm_amd64.s, _rt0_amd64_lib), and goes on by itself.
 * Depends on: base, arch, elf.
 */
#pragma once

#include "gobin/pclntab.h"

/*
 * Does the program's main thread start the runtime?  Told by the function that it
 * does it with: the program's entry, or main(), which the C library calls
 * (cmd/link/internal/ld/deadcode.go keeps no other).  Returns 0: yes, 1: no, or it
 * cannot be told, or -errno.
 */
int gl_starter_is_main_thread(struct gl_pclntab *table) GL_MUST_CHECK;
