/*
 * What the module as C calls for what WebAssembly's machine does: memory with bounds, traps, a few operators. What a linker
 * sees begins with thimble_, since a firmware may have a trap() or a memory_copy() of its own.
 */
#ifndef THIMBLE_RUNTIME_H
#define THIMBLE_RUNTIME_H

#include <stdint.h>
#include <string.h>
#include "thimble.h"

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;

/* THIMBLE_MEMORY_BYTES, however a firmware spells it. */
#define MEMORY_BYTES ((u32)sizeof thimble_memory)
/* The smallest number of pages of 64 KiB that hold the memory: what memory.size says. thimble_init knows the bytes. */
#define MEMORY_PAGES ((MEMORY_BYTES + 65535u) / 65536u)

/* Ends the call into the module that is under way, and every later one. */
__attribute__((noreturn, cold)) void thimble_raise(const char *what);
extern const char thimble_out_of_bounds[], thimble_division_by_zero[], thimble_unreachable[], thimble_two_sizes[];

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "WebAssembly's memory is little-endian, and so must the processor be."
#endif

#define INLINE static inline __attribute__((always_inline, unused))

/*
 * All of the bound is constant, since an array of fixed size stands behind the memory: a check is one comparison. Nothing
 * wraps, whatever the offset: no `size` is above 8, and the module's own data alone are more.
 */
INLINE u8 *at(u32 address, u32 offset, u32 size) {
  if (__builtin_expect(offset > MEMORY_BYTES - size || address > MEMORY_BYTES - size - offset, 0)) {
    thimble_raise(thimble_out_of_bounds);
  }
  return thimble_memory + address + offset;
}

/*
 * A word at any address. Some processors move it as such, in line, unless THIMBLE_STRICT_ALIGNMENT forbids it. For the
 * others one function for all keeps the code small, and looks whether the address is a multiple of 4: the engine's own
 * words are, bytes off the wire may not be.
 */
#if !defined(THIMBLE_STRICT_ALIGNMENT) && \
    (defined(__ARM_FEATURE_UNALIGNED) || defined(__riscv_misaligned_fast) || defined(__x86_64__) || defined(__aarch64__))
#define ACCESS INLINE
#define GET(value, from) memcpy(&value, from, sizeof value)
#define PUT(to, value) memcpy(to, &value, sizeof value)
#else
#define ACCESS static __attribute__((noinline, unused))
#define ALIGNMENT(size) ((size) < 4 ? (size) : 4)
#define IS_ALIGNED(where, size) (((uintptr_t)(where) & (ALIGNMENT(size) - 1)) == 0)
#define GET(value, from)                                                                                            \
  if (IS_ALIGNED(from, sizeof value)) memcpy(&value, __builtin_assume_aligned(from, ALIGNMENT(sizeof value)), sizeof value); \
  else if (sizeof value == 8) value = (u64)thimble_gather(from + 4, 4) << 32 | thimble_gather(from, 4);                \
  else value = thimble_gather(from, sizeof value)
#define PUT(to, value)                                                                                              \
  if (IS_ALIGNED(to, sizeof value)) memcpy(__builtin_assume_aligned(to, ALIGNMENT(sizeof value)), &value, sizeof value); \
  else thimble_scatter(to, value, sizeof value)
#endif

/* A value of `size` bytes out of bytes, and into them. */
u32 thimble_gather(const u8 *from, u32 size);
void thimble_scatter(u8 *to, u64 value, u32 size);

/* `kept`, `used`: the value's type in memory and in the code. */
#define LOAD(how, name, kept, used)                      \
  how used name(u32 address, u32 offset) {               \
    const u8 *from = at(address, offset, sizeof(kept));  \
    kept value;                                          \
    GET(value, from);                                    \
    return value;                                        \
  }
#define STORE(how, name, kept, used)                     \
  how void name(u32 address, u32 offset, used given) {   \
    u8 *to = at(address, offset, sizeof(kept));          \
    kept value = (kept)given;                            \
    PUT(to, value);                                      \
  }

LOAD(INLINE, i32_load8_u, u8, u32)
LOAD(ACCESS, i32_load16_u, u16, u32)
LOAD(ACCESS, i32_load, u32, u32)
LOAD(ACCESS, i64_load, u64, u64)
LOAD(ACCESS, i64_load16_u, u16, u64)
LOAD(ACCESS, i64_load32_u, u32, u64)
STORE(INLINE, i32_store8, u8, u32)
STORE(ACCESS, i32_store16, u16, u32)
STORE(ACCESS, i32_store, u32, u32)
STORE(ACCESS, i64_store, u64, u64)
STORE(ACCESS, i64_store32, u32, u64)

void thimble_memory_fill(u32 to, u32 value, u32 length);
void thimble_memory_copy(u32 to, u32 from, u32 length);

#define I32_ROTL(value, count) ((value) << ((count) & 31) | (value) >> (-(count) & 31))
#define I32_ROTR(value, count) ((value) >> ((count) & 31) | (value) << (-(count) & 31))
#define DIV_U(value, by) ((by) ? (value) / (by) : (thimble_raise(thimble_division_by_zero), 0))
#define REM_U(value, by) ((by) ? (value) % (by) : (thimble_raise(thimble_division_by_zero), 0))
#define UNREACHABLE thimble_raise(thimble_unreachable)

/* The import host.random: 0 if the bytes are random. */
u32 thimble_random(u32 to, u32 length);

/* The module's side (thimble_psk.c): its start, which returns INFO, and its exports. */
u32 thimble_module_start(void);
u32 thimble_module_init(void);
u32 thimble_module_context(u32 id, u32 length);
u32 thimble_module_listen(u32 context);
u32 thimble_module_connect(u32 context, u32 now);
u32 thimble_module_receive(u32 handle, u32 length, u32 now);
u32 thimble_module_send(u32 handle, u32 length);
u32 thimble_module_answer(u32 serial, u32 length, u32 now);
u32 thimble_module_timeout(u32 now);
u32 thimble_module_close(u32 handle);
u32 thimble_module_discard(u32 handle);
u32 thimble_module_seals(u32 length);
u32 thimble_module_save(u32 handle, u32 length, u32 keeps);
u32 thimble_module_stored(u32 handle);
u32 thimble_module_restore(u32 id, u32 length, u32 role);
u32 thimble_module_exporter(u32 handle, u32 length, u32 wanted);
u32 thimble_module_poll(void);

#endif
