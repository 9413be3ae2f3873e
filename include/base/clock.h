/*
 * Points in time: as text, and as a number to count from.
 */
#pragma once

#include <stdint.h>
#include <time.h>

#include "base/macros.h"

#define GL_CLOCK_TEXT 32

/* RFC 3339 in UTC with milliseconds: "2026-11-23T17:04:05.678Z"; "" for a time that no calendar has. */
void gl_clock_text(const struct timespec *time, char text[GL_CLOCK_TEXT]) GL_NONNULL;

/* Nanoseconds of CLOCK_MONOTONIC. */
uint64_t gl_clock_now_ns(void);
