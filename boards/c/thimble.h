/*
 * Thimble: DTLS 1.2 (RFC 6347) in the profile of RFC 7925, as one module in one array of fixed size. It allocates nothing,
 * opens no socket and reads no clock. All numbers are int32_t; a negative result is minus a THIMBLE_MISUSE (thimble_codes.h).
 *
 *   thimble_start, write the layout at INFO, thimble_init       once
 *   thimble_context, then thimble_connect or thimble_listen     who we are, and whom we talk to
 *   thimble_receive, thimble_timeout, thimble_send, …           and after each of them
 *   thimble_poll until it says THIMBLE_EVENT_NONE               what goes out and what came in, described at EVENT
 *
 * One module a firmware, for one thread: no function may be called from an interrupt. README.md has an example.
 */
#ifndef THIMBLE_H
#define THIMBLE_H

#include <stdint.h>
#include "thimble_codes.h"

/* A build that cannot give -D has this file in its include path. */
#if defined(__has_include)
#if __has_include("thimble_config.h")
#include "thimble_config.h"
#endif
#endif

/* Bytes of the module's memory, for all files the same: any number, it need not be a page. `thimble memory` says what a layout needs. */
#ifndef THIMBLE_MEMORY_BYTES
#define THIMBLE_MEMORY_BYTES 16384
#endif

/* What every call returns once the module has trapped, until thimble_start. */
#define THIMBLE_TRAPPED INT32_MIN

#ifdef __cplusplus
extern "C" {
#endif

/* The module's memory. An address that the module gives is an index into it. */
extern uint8_t thimble_memory[THIMBLE_MEMORY_BYTES];
/* How many bytes it has; a module that was compiled for another number traps in thimble_start. */
extern const uint32_t thimble_memory_bytes;

/*
 * A fresh module: forgets and wipes everything, also after a trap. Returns the address of INFO, THIMBLE_INFO_COUNT words
 * of 32 bits in the processor's order, of which the first eight are the layout that thimble_init reads.
 */
int32_t thimble_start(void);

/*
 * Lays out the memory and fills in the rest of INFO. THIMBLE_INFO_BYTES 0 means all of it. THIMBLE_MISUSE_BAD_LAYOUT if
 * something does not fit, THIMBLE_MISUSE_NO_ENTROPY if thimble_entropy fails.
 */
int32_t thimble_init(void);

/* Context `id` from the record of `length` bytes at IN (THIMBLE_CONTEXT_… words, the identity, the key). Wipes IN. */
int32_t thimble_context(int32_t id, int32_t length);
/* Serves new peers with this context; -1: serves none. */
int32_t thimble_listen(int32_t context);
/* Begins a client's handshake; returns its handle, which is positive. `now`: monotonic milliseconds, may wrap. */
int32_t thimble_connect(int32_t context, int32_t now);
/* A datagram of `length` bytes is at IN, its sender's address at PEER; `handle`: that sender's connection, or 0. */
int32_t thimble_receive(int32_t handle, int32_t length, int32_t now);
/* Seals `length` bytes of application data from IN into one datagram. */
int32_t thimble_send(int32_t handle, int32_t length);
/* Answers a question with `length` bytes at ANSWER; -1: there is no answer. */
int32_t thimble_answer(int32_t serial, int32_t length, int32_t now);
/* The time that the last THIMBLE_EVENT_NONE asked for (THIMBLE_EVENT_DUE_IN_MS) has come. */
int32_t thimble_timeout(int32_t now);
/* Says close_notify (RFC 5246 section 7.2.1) and forgets the connection. */
int32_t thimble_close(int32_t handle);
/* Forgets the connection without a word. */
int32_t thimble_discard(int32_t handle);
/* Takes the secrets that seal tickets and states from `length` bytes at IN, {length, bytes} each, at most three; the first one
 * seals, all of them open. Until thimble_init is called again. */
int32_t thimble_seals(int32_t length);
/*
 * The connection as bytes, sealed, in a THIMBLE_EVENT_STATE, with `length` bytes of your own from IN. `keeps` 0: it moves there,
 * and is closed. 1: it goes on, and sends 4,096 datagrams at most before thimble_stored.
 */
int32_t thimble_save(int32_t handle, int32_t length, int32_t keeps);
/* What thimble_save made last is where a restart will find it. */
int32_t thimble_stored(int32_t handle);
/*
 * A connection goes on from the state of `length` bytes at IN; `role` is 0 for a client, 1 for a server. Returns its handle.
 * It sends nothing before it is saved and stored again. Restore the latest state and no other: README.md says why.
 */
int32_t thimble_restore(int32_t id, int32_t length, int32_t role);
/*
 * `wanted` bytes of keying material for another protocol (RFC 5705) at OUT, from `length` bytes at IN: the label behind a byte
 * with its length, and the context, if there is one, behind two. Layouts with THIMBLE_INFO_EXPORTERS have it.
 */
int32_t thimble_exporter(int32_t handle, int32_t length, int32_t wanted);
/* The next event, described at EVENT; THIMBLE_EVENT_NONE when there are no more. */
int32_t thimble_poll(void);

/* What the module died of, in a few words; NULL while it lives. Its memory is wiped as it dies. */
const char *thimble_trap(void);

/*
 * The firmware's: fills `length` bytes from the SoC's own source of entropy and returns 0; anything else means that there
 * is none (RFC 7925 section 12). entropy/ has it for some families. Without one the module refuses to start.
 */
int32_t thimble_entropy(uint8_t *bytes, uint32_t length);

#ifdef __cplusplus
}
#endif

#endif
