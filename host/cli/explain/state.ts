import { phaseName } from '../../core/index.js';

/** Where a connection stands when it is at rest, as the trace build tells (assembly/trace/log.ts). */
export interface State {
  /** Epoch and number of the next record to send, and of the highest received in epoch 1. */
  writeEpoch: number;
  writeSequence: number;
  readEpoch: number;
  readSequence: number;
  /** While the handshake runs. */
  handshake?: {
    /** WAIT_ or SEND_ and the RFC's name of a message. */
    phase: string;
    /** RFC 6347 §4.2.4 figure 3. */
    machine: string;
    /** Milliseconds from this flight's sending to its repetition. */
    timerMs: number;
    retransmissions: number;
    /** RFC 6347 §4.2.4 figure 1. */
    flight: number;
    /** message_seq expected of the peer. */
    receiveMessageSeq: number;
  };
}

const MACHINE = ['PREPARING', 'SENDING', 'WAITING', 'FINISHED'];

/** Reads an entry of TraceKind.STATE. */
export function stateOf(entry: Uint8Array): State {
  const view = new DataView(entry.buffer, entry.byteOffset, entry.byteLength);
  const field = (index: number) => view.getInt32(index * 4, true);
  const state: State = {
    writeEpoch: field(2), writeSequence: field(3), readEpoch: field(4), readSequence: field(5),
  };
  if (field(6) === 0) return state;
  state.handshake = {
    phase: phaseName(field(7)), machine: MACHINE[field(8)]!, timerMs: field(9), retransmissions: field(10),
    flight: flightOf(field(11), field(12)), receiveMessageSeq: field(13),
  };
  return state;
}

/** RFC 6347 §4.2.4 figure 1, by a flight's first message and its message_seq; the first two are one each. */
function flightOf(message: number, messageSeq: number): number {
  const flights: Record<number, number> = { 1: messageSeq === 0 ? 1 : 3, 2: 4, 16: 5, 254: 6 };
  return flights[message] ?? 0;
}

/** `client 1.2 WAIT_FINISHED out 1:0 in 0:5 flight 5 WAITING rto 800 drop 1` */
export function stateText(side: string, state: State, drops: Record<string, number>): string {
  const { writeEpoch, writeSequence, readEpoch, readSequence, handshake } = state;
  const words = [
    side, '1.2', handshake?.phase ?? 'CONNECTED', `out ${writeEpoch}:${writeSequence}`,
    readEpoch === 0 ? `in 0 message_seq ${handshake?.receiveMessageSeq ?? 0}` : `in ${readEpoch}:${readSequence}`,
  ];
  if (handshake !== undefined) {
    words.push(`flight ${handshake.flight}`, handshake.machine);
    if (handshake.machine === 'WAITING') words.push(`rto ${handshake.timerMs}`);
    if (handshake.retransmissions > 0) words.push(`sent again ${handshake.retransmissions}`);
  }
  for (const [name, count] of Object.entries(drops)) if (count > 0) words.push(`${name} ${count}`);
  return words.join(' ');
}
