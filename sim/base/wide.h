/* Integers wide enough for sums of products: nanoseconds times jobs overflow 64 bits within a simulated week. */
#ifndef BASE_WIDE_H
#define BASE_WIDE_H

__extension__ typedef __int128 wide;
__extension__ typedef unsigned __int128 uwide;

#endif
