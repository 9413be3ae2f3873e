/*
 * What the manifest says of a file that the file itself says: written by
 * "bundle create", compared by "bundle verify".
 */
#pragma once

#include "bundle/manifest.h"
#include "elf/image.h"

/*
 * Fills soname, build_id and provides (the versions it defines, in its own
 * order, at most GL_MANIFEST_MAX_PROVIDES) of *file from its image; they must be
 * empty.  Returns 0 or -errno; what was filled then stays.
 */
int gl_facts_describe(struct gl_image *image, struct gl_bundle_file *file, struct gl_err *err) GL_MUST_CHECK;

/*
 * The mtime of a bundle's file of that content: up to 194 days before latest, by
 * its hash.  A launch looks at size and mtime alone, and what copies trees
 * (rsync) does too: so files of one size must differ in their times if they
 * differ in their bytes.  Even seconds: ZIP archives keep no others.
 */
int64_t gl_facts_mtime(int64_t latest, const unsigned char sha256[GL_SHA256_BYTES]);

/*
 * Raises the manifest's floors to what the file needs: the kernel of its
 * NT_GNU_ABI_TAG, the CPU level of its GNU_PROPERTY_X86_ISA_1_NEEDED.  (What a
 * program's own examination asks of the host, GOAMD64 and Go's kernel, comes on top.)
 */
void gl_facts_raise_floor(const struct gl_image *image, unsigned kernel[3], unsigned *cpu_level);
