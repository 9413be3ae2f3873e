/*
 * Where a line of source can be read: the repository at the revision that the
 * program was built from, as its build information tells (runtime/debug,
 * BuildInfo: vcs.revision, since Go 1.18).
 *
 *	github.com/ORG/REPO     https://github.com/ORG/REPO/blob/REV/PATH#L8
 *	gitlab.com/GROUP/REPO   https://gitlab.com/GROUP/REPO/-/blob/REV/PATH#L8
 *	bitbucket.org/ORG/REPO  https://bitbucket.org/ORG/REPO/src/REV/PATH#lines-8
 *
 * Only for packages of the main module, which is the one that the revision is of,
 * and not where the working tree had been changed.  Depends on: gobin.
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "gobin/gobin.h"
#include "report/trace.h"

/* Appends the address of the frame's line.  Returns false, nothing appended, if there is none. */
bool gl_source_link(struct gl_buf *b, const struct gl_gobin *gobin, const struct gl_frame *frame) GL_NONNULL;
