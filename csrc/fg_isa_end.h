/* fg_isa_end.h -- ends what fg_isa_target.h has begun. */
#if (FG_ISA_LEVEL == 1 || FG_ISA_LEVEL == 2) && defined(__clang__)
#pragma clang attribute pop
#endif
