// Answers to the engine's questions, from the user's tables and functions, at once or later.
import { Question as QuestionKind } from '../../assembly/codes.js';
import type { Answer, Connection } from '../core/connection.js';
import type { Question } from '../core/sink.js';
import { findCredentials, findKey, isPromiseLike } from './psk.js';
import type { Awaitable, ClientPSK, ServerPSK } from './psk.js';
import type { DTLSSecureContext } from './secure-context.js';
import { routeOf } from './shard.js';

/** What becomes known on the way to an answer. */
interface Findings {
  /** Who the client is. */
  identity(identity: string): void;
  /** What a user's function threw; the peer then gets the alert for an unknown identity. */
  blame(error: Error): void;
}

/** Finds the answer and gives it. */
export function answerQuestion(connection: Connection, question: Question, secure: DTLSSecureContext,
  findings: Findings): void {
  if (question.kind !== QuestionKind.PSK) throw new Error(`The engine asked an unknown question, ${question.kind}`);
  const asked = Buffer.from(question.bytes);
  if (connection.role === 'server') findings.identity(asked.toString());
  const give = (answer: Answer) => {
    if (answer !== null && 'identity' in answer) findings.identity(Buffer.from(answer.identity).toString());
    if (connection.state !== 'closed') routeOf(connection.peer).shard.answer(connection, question.serial, answer);
  };
  const refuse = (error: unknown) => {
    findings.blame(error instanceof Error ? error : new Error(String(error)));
    give(null);
  };
  let found: Awaitable<Answer>;
  try {
    found = find(connection, asked, secure);
  } catch (error) {
    return refuse(error);
  }
  if (isPromiseLike(found)) found.then(give, refuse);
  else give(found);
}

function find(connection: Connection, text: Buffer, { psk }: DTLSSecureContext): Awaitable<Answer> {
  return connection.role === 'server' ? findKey(psk as ServerPSK, text) : findCredentials(psk as ClientPSK, text);
}
