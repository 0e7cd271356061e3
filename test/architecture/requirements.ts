// Which rows of the requirements bind this version: DTLS 1.2 with pre-shared keys. The ids are a document number, a section
// of it and a running number; the code that obeys a row names it, and so does the test that proves it.

/** Rows that bind now, by document. */
const BINDING: { [document: string]: string } = {
  7925: `4.1-1 4.1-2 4.2-1 4.2-2 4.2-3 4.2-7 5-2 6-1 6-2 6-3 6-4 6-5 8-1 9-2 11-1 11-2 12-1 12-2 13-1 13-2 16-1 17-1 17-2
    18-1 18-2 18-3 A.4-1 B-1 C-1`,
  6347: `4.1-1 4.1-2 4.1-3 4.1-4 4.1-5 4.1-6 4.1-7 4.1-8 4.1-9 4.1-10 4.1.1-1 4.1.1-2 4.1.1-3 4.1.1.1-1 4.1.1.1-2 4.1.1.1-3
    4.1.2.1-1 4.1.2.1-2 4.1.2.2-1 4.1.2.6-1 4.1.2.6-2 4.1.2.6-3 4.1.2.6-4 4.1.2.7-1 4.2.1-1 4.2.1-2 4.2.1-3 4.2.1-4
    4.2.1-5 4.2.1-6 4.2.1-7 4.2.1-8 4.2.1-9 4.2.1-10 4.2.1-11 4.2.2-1 4.2.2-2 4.2.3-1 4.2.3-2 4.2.3-3 4.2.3-4 4.2.3-5
    4.2.4-1 4.2.4-2 4.2.4-3 4.2.4-4 4.2.4-5 4.2.4-6 4.2.4.1-1 4.2.4.1-2 4.2.5-1 4.2.5-2 4.2.6-1 4.2.6-2 4.2.7-1 4.2.8-1
    5-1`,
  5246: '6.2.1-1 6.2.3.3-1 7.2.1-1 7.4.1.3-1 7.4.1.4-1',
  4279: '2-1 2-2 2-3 5.2-1 5.3-1',
  6655: '3-1 3-2 6-1',
  8442: '3-1 3-2',
  9257: '1',
  7627: '4-1 5.2-1 5.4-1',
  5746: '3.4-1 3.6-1',
  9325: '3.1-1 3.5-1',
};

/** Rows of the same tables that do not bind yet, or not this version at all, and why. */
export const LATER: [ids: RegExp, reason: string][] = [
  [/^7925-4\.2-[46]$/, 'advice for identities, and SNI, which is not there yet'],
  [/^7925-4\.2-5$/, '4279-5.3-1 says it more strictly'],
  [/^7925-(4\.[34]|5-1)|^(7250|7251|7924|8422)-|^5246-7\.4\.[68]-|^9325-(4\.2|4\.5)-/, 'certificates and raw public keys'],
  [/^7925-7-|^5077-|^9257-2$/, 'resumption'],
  [/^7925-9-1$|^5489-/, 'ephemeral keys'],
  [/^7925-14-1$|^6066-3-|^9325-(3\.7|7\.1)-/, 'server names'],
  [/^7925-15-1$|^6066-4-|^8449-/, 'max_fragment_length and record_size_limit'],
  [/^7925-10-1$|^6520-/, 'heartbeat'],
  [/^7925-(19|20|22)-1$|^7925-A\.2-1$/, 'advice'],
  [/^7925-21-1$/, 'False Start: not with a pre-shared key'],
  [/^7925-C-2$/, 'a recommendation: the server\'s own MTU decides'],
  [/^9325-4\.4-1$/, 'a limit for GCM that is not mandatory; sequence exhaustion and forgeries end a connection before long'],
  [/^5705-/, 'exporters'],
  [/^7301-|^7366-|^7507-|^8879-|^9150-/, 'extensions that this version does not have'],
  [/^7905-/, 'ChaCha20'],
  [/^9258-/, 'imported keys of DTLS 1.3'],
];

export const binding: string[] = Object.entries(BINDING)
  .flatMap(([document, rows]) => rows.split(/\s+/).map((row) => `${document}-${row}`));
