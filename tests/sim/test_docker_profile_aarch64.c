/*
 * The same comparison for aarch64 and arm: presets compiled for that machine
 * stand here instead of the native ones.
 */
#define MACHINE EM_AARCH64
#include "policy/presets-aarch64.c"
#include "tests/sim/test_docker_profile.c"
