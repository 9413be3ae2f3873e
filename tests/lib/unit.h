/*
 * What every unit test shares: the main function's body.
 */
#pragma once

#include <check.h>

/* Runs the suite and prints TAP on stdout.  Returns the exit status: 0, or 1 if a case failed. */
int gl_unit_main(Suite *suite);
