// The running hash over the handshake: each message with its 12-byte header as if it came in one fragment (6347-4.2.6-1),
// the first ClientHello and HelloVerifyRequest left out (6347-4.2.1-11).
import { HASHING, SHA256_CONTEXT, sha256Finish, sha256Start, sha256Update } from "../crypto";
import { writeFragmentHeader } from "../flight/fragment";
import { HANDSHAKE_HEADER } from "../limits";
import { Handshake } from "../state/handshake";

const HEADER: usize = memory.data(HANDSHAKE_HEADER, 16);

export function restartTranscript(handshake: Handshake): void {
  sha256Start(handshake.transcript);
}

export function addToTranscript(handshake: Handshake, type: u32, sequence: u32, body: usize, length: u32): void {
  writeFragmentHeader(HEADER, type, length, sequence, 0, length);
  sha256Update(handshake.transcript, HEADER, HANDSHAKE_HEADER);
  sha256Update(handshake.transcript, body, length);
}

/** The hash of all messages so far. */
export function transcriptHash(handshake: Handshake, hash: usize): void {
  memory.copy(HASHING, handshake.transcript, SHA256_CONTEXT);
  sha256Finish(HASHING, hash);
}
