// Figures in the form of node:dtls: live objects of bigint, timestamps in nanoseconds of process.hrtime.
import type { Connection } from '../core/connection.js';
import type { Hub } from './hub.js';

/** @internal What a session counts. */
export class SessionCounts {
  readonly createdAt = process.hrtime.bigint();
  destroyedAt = 0n;
  closingAt = 0n;
  handshakeCompletedAt = 0n;
  bytesReceived = 0;
  bytesSent = 0;
  messagesReceived = 0;
  messagesSent = 0;
  messagesDropped = 0;
  connection: Connection | null = null;
}

/** Of one session. Times are 0 until they have come. */
export class DTLSSessionStats {
  readonly #counts: SessionCounts;
  /** @internal */
  constructor(counts: SessionCounts) {
    this.#counts = counts;
  }

  get createdAt(): bigint { return this.#counts.createdAt; }
  get destroyedAt(): bigint { return this.#counts.destroyedAt; }
  get closingAt(): bigint { return this.#counts.closingAt; }
  get handshakeCompletedAt(): bigint { return this.#counts.handshakeCompletedAt; }
  get bytesReceived(): bigint { return BigInt(this.#counts.bytesReceived); }
  get bytesSent(): bigint { return BigInt(this.#counts.bytesSent); }
  get messagesReceived(): bigint { return BigInt(this.#counts.messagesReceived); }
  get messagesSent(): bigint { return BigInt(this.#counts.messagesSent); }
  /** + Messages that asynchronous iteration was too slow for. */
  get messagesDropped(): bigint { return BigInt(this.#counts.messagesDropped); }
  /** Datagrams sent again. */
  get retransmitCount(): bigint { return BigInt(this.#counts.connection?.retransmissions ?? 0); }
  get isConnected(): boolean { return this.#counts.destroyedAt === 0n; }
}

/** Of one endpoint. */
export class DTLSEndpointStats {
  readonly #hub: () => Hub | undefined;
  readonly #createdAt = process.hrtime.bigint();
  #destroyedAt = 0n;
  /** @internal */
  constructor(hub: () => Hub | undefined) {
    this.#hub = hub;
  }

  /** @internal */
  end(): void {
    this.#destroyedAt = process.hrtime.bigint();
  }

  #count(name: keyof Hub['counts']): bigint {
    return BigInt(this.#hub()?.counts[name] ?? 0);
  }

  get createdAt(): bigint { return this.#createdAt; }
  get destroyedAt(): bigint { return this.#destroyedAt; }
  get bytesReceived(): bigint { return this.#count('bytesReceived'); }
  get bytesSent(): bigint { return this.#count('bytesSent'); }
  get packetsReceived(): bigint { return this.#count('packetsReceived'); }
  get packetsSent(): bigint { return this.#count('packetsSent'); }
  get serverSessions(): bigint { return this.#count('serverSessions'); }
  get clientSessions(): bigint { return this.#count('clientSessions'); }
  /** New peers refused while `busy`. */
  get serverBusyCount(): bigint { return this.#count('serverBusyCount'); }
  /** Datagrams from strangers that were no ClientHello. */
  get serverRejectedCount(): bigint { return BigInt(this.#hub()?.rejected ?? 0); }
  /** New peers refused because there was no room. */
  get serverRefusedCount(): bigint { return BigInt(this.#hub()?.refused ?? 0); }
  /** + Everything dropped, by reason: a listening endpoint's own, for clients those of all clients in the process. */
  get drops(): { [reason: string]: number } { return this.#hub()?.drops ?? {}; }
  get isConnected(): boolean { return this.#destroyedAt === 0n; }
}
