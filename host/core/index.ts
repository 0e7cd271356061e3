// thimble/core: the protocol without a socket, for modems, radios, tests and every platform that is not Node.
export { Alert, CipherSuite, Drop, PathChange, Question as QuestionKind } from '../../assembly/codes.js';
export { addressBytes, packAddress } from './address.js';
export { Associations } from './associations.js';
export { Connection } from './connection.js';
export type { Answer, ConnectionState } from './connection.js';
export type { Context } from './context.js';
export { Endpoint } from './endpoint.js';
export { Engine } from './engine.js';
export type { Bill, EngineModule, Layout } from './engine.js';
export { errorOf } from './errors.js';
export type { Reason } from './errors.js';
export { Loader } from './load.js';
export type { CompiledModule, RandomSource } from './load.js';
export { alertName, phaseName } from './names.js';
export { Peer } from './peer.js';
export type { Question, Sink } from './sink.js';
export { TraceKind } from './trace.js';
