// Types of embedded:io/socket/udp/dtls, beside those of @moddable/typings.
declare module "embedded:io/socket/udp/dtls" {
  /** Bytes; a string stands for its UTF-8. */
  export type Bytes = ArrayBuffer | ArrayBufferView;
  export type Data = string | Bytes;

  /** An Error of this module. */
  export interface DTLSError extends Error {
    /** ERR_DTLS_… or ERR_INVALID_… */
    code: string;
    /** What to do about it; '' if there is nothing to say. */
    hint: string;
    /** Where the handshake stood, in the RFC's words: WAIT_SERVER_HELLO, …; CONNECTED after it; '' where none. */
    phase: string;
    /** The alert's name in RFC 5246 section 7.2, or ''. */
    alert: string;
  }

  /** ECMA-419's descriptor of a socket. */
  export interface UDPDescriptor {
    io: new (options: any) => any;
    [option: string]: unknown;
  }

  /** How connections behave; the same for both sides. */
  export interface Tuning {
    /** Bytes of the longest datagram to send, 80 to 65,535. Default: as long as `layout.datagram`, and at most 1,200. */
    mtu?: number;
    /** Milliseconds to the first retransmission, which doubles up to `maxMs`. Defaults: 9,000 and 60,000 (RFC 7925 section 11). */
    initialMs?: number;
    maxMs?: number;
    /** Milliseconds until a handshake gives up. Default: 300,000. */
    handshakeMs?: number;
    /** Refuse a peer without extended_master_secret (RFC 7627). Default: false. */
    requireExtendedMasterSecret?: boolean;
    /** A record for each handshake message, for peers that read only one a record. Default: false. */
    separateRecords?: boolean;
  }

  export interface ClientSecurity extends Tuning {
    /** 1 to 128 bytes, and 1 to 64 bytes. */
    psk: { identity: Data; key: Bytes };
  }

  export interface ServerSecurity extends Tuning {
    /** The key of an identity; null or undefined if it has none. */
    psk(identity: string): Bytes | null | undefined | Promise<Bytes | null | undefined>;
    /** Sent to clients that have several keys, at most 128 bytes (RFC 4279 section 5.2). */
    hint?: Data;
  }

  export interface Callbacks {
    /** `count` messages wait to be read. */
    onReadable?(this: DTLS, count: number): void;
    /** The handshake is complete; messages may have up to `count` bytes. */
    onWritable?(this: DTLS, count: number): void;
    /** The connection failed and is gone. Without `error` the peer ended it in order, and there is no `onClose`. */
    onError?(this: DTLS, error?: DTLSError): void;
    /** The peer ended the connection in order. */
    onClose?(this: DTLS): void;
    /** It lives on, but something is wrong: a datagram too long, a handshake that does not advance, a network that is down. */
    onWarning?(this: DTLS, error: DTLSError): void;
    /** Becomes the property `target`. */
    target?: any;
    format?: "buffer";
  }

  export interface ClientOptions extends Callbacks {
    /** The server's numeric IP address and port. */
    address: string;
    port: number;
    /** Default: embedded:io/socket/udp. */
    udp?: UDPDescriptor;
    dtls: ClientSecurity;
  }

  export interface AcceptOptions extends Callbacks {
    /** What a Listener read. */
    from: DTLS;
  }

  export interface Layout {
    /** Bytes of the longest datagram in either direction, 128 to 65,535. Default: 1,280. */
    datagram: number;
    /** Bytes of the longest handshake message that comes in several parts. Default: 512. */
    message: number;
    /** Connections at a time. Default: 2. */
    connections: number;
  }

  /** A DTLS 1.2 connection over UDP. */
  export default class DTLS {
    /**
     * Starts a handshake, or takes over what a Listener read. Throws ERR_DTLS_NO_ENTROPY, ERR_DTLS_BAD_LAYOUT, ERR_DTLS_FULL,
     * ERR_DTLS_BAD_CONTEXT, ERR_DTLS_NO_SOCKET, ERR_DTLS_SEND_FAILED, ERR_DTLS_UNSUPPORTED_OPTION, ERR_INVALID_ARG_TYPE,
     * ERR_INVALID_ARG_VALUE.
     */
    constructor(options: ClientOptions | AcceptOptions);
    /** How the memory is shared out; to be set before the first socket, else ERR_INVALID_STATE. */
    static get layout(): Layout;
    static set layout(layout: Partial<Layout>);
    /** The next message; undefined if none waits. */
    read(): ArrayBuffer | undefined;
    /** Sends one message. Throws ERR_INVALID_STATE, ERR_DTLS_EXCEEDS_MTU, ERR_DTLS_SEND_FAILED. */
    write(data: Bytes): void;
    /** Says goodbye to the peer and closes; no callback comes any more. */
    close(): void;
    get format(): string;
    set format(format: string);
    target: any;
    readonly remoteAddress: string | undefined;
    readonly remotePort: number | undefined;
    /** On a server: whose key the client has. */
    readonly pskIdentity: string | undefined;
    /** Bytes of the longest message, once connected; 0 before. */
    readonly maxPayload: number;
    /** Messages dropped because they were not read: eight wait, and a new one takes the place of the oldest. */
    readonly messagesDropped: number;
  }

  export interface ListenerOptions {
    port: number;
    udp?: UDPDescriptor;
    dtls: ServerSecurity;
    /** `count` clients have completed their handshakes and wait to be read. */
    onReadable(this: Listener, count: number): void;
    /** A handshake failed, or the network did not take a datagram. */
    onWarning?(this: Listener, error: DTLSError): void;
    target?: any;
    format?: "socket/dtls";
  }

  /** A DTLS server on a UDP port; one at a time. */
  export class Listener {
    /** Throws as DTLS does. */
    constructor(options: ListenerOptions);
    /** A connected client, for `new DTLS({ from })`; undefined if none waits. */
    read(): DTLS | undefined;
    /** Ends all connections, which share the socket, and serves no more. */
    close(): void;
    get format(): string;
    set format(format: string);
    target: any;
    readonly port: number;
  }
}
