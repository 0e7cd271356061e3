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
    /**
     * Connection IDs, by which a peer is known wherever its datagrams come from (RFC 9146), and checks of where they lead
     * (RFC 9853). true: as a client send the server's, as a server give 6 bytes; or the bytes of ours, 0 to 20. Default: none.
     */
    cid?: boolean | number;
    /** Bytes of plaintext that we take in a record, 64 to 16,384 (RFC 8449). */
    recordSizeLimit?: number;
    /** Application protocols in order of preference (RFC 7301): CoAP over DTLS is "co". */
    alpn?: string[];
  }

  /** Certificates and raw public keys, on P-256 and with SHA-256 (RFC 7925 sections 4.3, 4.4): with manifest_full.json alone. */
  export interface Credentials {
    /** Our certificate in DER, and behind it those of the authorities between it and the root. */
    cert?: Bytes | Bytes[];
    /** Our public key in DER (SubjectPublicKeyInfo), to be shown as it is (RFC 7250). */
    rawPublicKey?: Bytes;
    /** The private key of either: 32 bytes. */
    key?: Bytes;
    /** Instead of `key`, where a secure element has it: signs a SHA-256 hash; r and s, 32 bytes each. */
    sign?(hash: ArrayBuffer): Bytes | Promise<Bytes>;
    /** Root certificates in DER: who has a chain up to one of them is trusted. Takes the time: a clock that was set. */
    ca?: Bytes | Bytes[];
    /** Public keys in DER, or their names ni:///sha-256;... (RFC 6920): who has one of them is trusted. */
    peerKeys?: Bytes | string | (Bytes | string)[];
  }

  /** `psk`, or `ca` or `peerKeys`; `cert` or `rawPublicKey` for a server that asks for them. */
  export interface ClientSecurity extends Tuning, Credentials {
    /** 1 to 128 bytes, and 1 to 64 bytes. */
    psk?: { identity: Data; key: Bytes };
    /** The server's name: told to it (RFC 6066 section 3), and demanded of its certificate. */
    servername?: string;
    /** Ask for records of 512, 1024, 2048 or 4096 bytes at most, in both directions (RFC 6066 section 4). */
    maxFragmentLength?: number;
    /** What `onSession` gave, for a shorter handshake with the same server; true to get the first one. Secret. */
    session?: true | Bytes;
    /**
     * The latest state of a connection to the same server, with the same key, to go on with; if it cannot be used, `onWarning`
     * says why, and there is a handshake. Secret.
     */
    state?: Bytes;
    /**
     * Stores a state in place of the one before, where the next start finds it; it is stored when this returns. Called when
     * the handshake is complete, before anything is sent on with `state`, and every 2,048 messages.
     */
    storeState?(state: ArrayBuffer): void;
  }

  /** `psk`, or `cert` or `rawPublicKey`; with `ca` or `peerKeys` clients must show theirs. */
  export interface ServerSecurity extends Tuning, Credentials {
    /** The key of an identity; null or undefined if it has none. */
    psk?(identity: string): Bytes | null | undefined | Promise<Bytes | null | undefined>;
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
    /** What `session` can be next time, with the same server; a server may give none, or give another one later. Secret. */
    onSession?(this: DTLS, session: ArrayBuffer): void;
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
    /** Bytes of what one side has of keys, certificates, names and a session, all together. Default: 192. */
    credentials: number;
    /** Sessions that a Listener keeps for clients to resume; the oldest goes first. Default: 0. */
    sessions: number;
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
    /**
     * The connection as bytes, sealed with its own key, to go on with as `state` after a sleep. It closes as `close` does, and the
     * peer hears nothing. A client's. Throws ERR_INVALID_STATE, ERR_DTLS_UNSETTLED before the peer is known to have our last
     * flight, ERR_DTLS_NO_STATE_KEY without a key of its own.
     */
    exportState(): ArrayBuffer;
    /** As `exportState`, but it goes on: store the state before anything else, in place of the one before. */
    saveState(): ArrayBuffer;
    get format(): string;
    set format(format: string);
    target: any;
    readonly remoteAddress: string | undefined;
    readonly remotePort: number | undefined;
    /** On a server: whose key the client has. */
    readonly pskIdentity: string | undefined;
    /** The peer's raw public key, or its own certificate, in DER, once connected; undefined where it showed none. */
    readonly peerRawPublicKey: ArrayBuffer | undefined;
    readonly peerCertificate: ArrayBuffer | undefined;
    /** The application protocol that was agreed on; undefined if none was. */
    readonly alpnProtocol: string | undefined;
    /** Whether an earlier session was resumed. */
    readonly reused: boolean;
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
