// What of Moddable and XS is used here, for the type checker.
declare module 'time' {
  export default class Time {
    /** Milliseconds of a clock that may wrap at 32 bits. */
    static readonly ticks: number;
  }
}

declare module 'timer' {
  export default class Timer {
    static set(callback: () => void, milliseconds?: number): unknown;
    static repeat(callback: () => void, milliseconds: number): unknown;
    static clear(timer: unknown): void;
  }
}

declare module 'embedded:io/socket/udp' {
  export default class UDP {
    constructor(options: { port?: number; onReadable?(this: UDP, count: number): void });
    read(): (ArrayBuffer & { address: string; port: number }) | undefined;
    write(data: ArrayBuffer | ArrayBufferView, address: string, port: number): void;
    close(): void;
  }
}

declare module 'thimble/native' {
  export function memory(): ArrayBuffer;
  export function start(): number;
  export function init(): number;
  export function context(id: number, length: number): number;
  export function listen(context: number): number;
  export function connect(context: number, now: number): number;
  export function receive(handle: number, length: number, now: number): number;
  export function send(handle: number, length: number): number;
  export function answer(serial: number, length: number, now: number): number;
  export function timeout(now: number): number;
  export function close(handle: number): number;
  export function discard(handle: number): number;
  export function seals(length: number): number;
  export function save(handle: number, length: number, keeps: number): number;
  export function stored(handle: number): number;
  export function restore(id: number, length: number, role: number): number;
  export function exporter(handle: number, length: number, wanted: number): number;
  export function poll(): number;
}

interface ArrayBufferConstructor {
  /** The UTF-8 of a text. */
  fromString(text: string): ArrayBuffer;
}

interface StringConstructor {
  /** The text of UTF-8; throws if it is none. */
  fromArrayBuffer(bytes: ArrayBuffer): string;
}

/** Writes to the console of the debugger. */
declare function trace(...values: unknown[]): void;
