// embedded:io/socket/udp/dtls: DTLS 1.2 with pre-shared keys over UDP, for Moddable and other platforms with ECMA-419.
export { DTLS as default } from './connection.js';
export { Listener } from './listener.js';
