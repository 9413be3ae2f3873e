/*
 * What the two halves of the writer of systemd units share: systemd.c (the filter
 * and capabilities) and systemd_settings.c (all other lines).  Nobody else includes
 * this.
 */
#pragma once

#include "policy/systemd.h"

/* Adds a line to what a unit cannot say; losses may be NULL. */
void gl_systemd_lose(struct gl_buf *losses, const char *fmt, ...) GL_PRINTF(2, 3);

/* Appends the lines of the policy's settings but for capabilities. */
void gl_systemd_settings(const struct gl_policy *policy, struct gl_buf *text, struct gl_buf *losses);
