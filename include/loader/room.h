/*
 * How much of the stack the start code leaves free below the vector that the
 * kernel made (loader/vector.h lets it grow by so much).  A multiple of 16;
 * assembler reads this too.
 */
#pragma once

#define GL_LD_VECTOR_ROOM 128
