// What of Espruino is used here.

/** A socket of require("dgram"). Messages are binary strings, one character a byte. */
export interface DatagramSocket {
  bind(port: number, callback?: (socket: DatagramSocket) => void): DatagramSocket;
  send(message: string, port: number, address: string): void;
  on(event: 'message', listener: (message: string, from: { address: string; port: number }) => void): void;
  close(): void;
}

export interface Datagrams {
  createSocket(options: 'udp4' | { type: 'udp4'; recvBufferSize: number }): DatagramSocket;
}

/** Every object of Espruino's has these. `emit` calls the listeners in a later turn. */
export interface Emitter {
  on(event: string, listener: (...values: never[]) => void): void;
  emit(event: string, ...values: unknown[]): void;
}

declare global {
  const E: {
    toString(bytes: Uint8Array): string;
    /** Undefined if there is no memory for it. */
    toUint8Array(text: string): Uint8Array | undefined;
    /** Of the string itself, without a copy. */
    toArrayBuffer(text: string): ArrayBuffer;
  };
  /** Seconds since 1970, or since the start if nobody set the clock. */
  function getTime(): number;
}
