import { UsageError } from './usage.js';

/** CoAP over DTLS has this port of its own (RFC 7252 §6.2), and so has nothing else we speak. */
/** 7252-9-2 */
export const DEFAULT_PORT = 5684;

export interface Address {
  /** A name or an IP address without brackets; empty for every address of this machine. */
  host: string;
  port: number;
}

/** Reads `[host:]port`; an IPv6 address stands in brackets. Without a colon it must be the port: `80a` is no host. */
export function parseListenAddress(text: string): Address {
  if (/^\d+$/.test(text)) return { host: '', port: parsePort(text, 0) };
  if (!/:[^\]]*$/.test(text)) throw new UsageError(`'${text}': write [host:]port, as in ${DEFAULT_PORT} or [::1]:${DEFAULT_PORT}`);
  return splitAddress(text, 0);
}

/** Reads `host[:port]`; an IPv6 address stands in brackets. */
export function parsePeerAddress(text: string): Address {
  const address = splitAddress(text, 1);
  if (address.host === '') throw new UsageError(`'${text}': write host:port, as in 192.0.2.1:${DEFAULT_PORT}`);
  return address;
}

function splitAddress(text: string, portMin: number): Address {
  const parts = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d*))?$/.exec(text);
  if (parts === null) {
    throw new UsageError(`'${text}': write host:port, or [address]:port for IPv6, as in [::1]:${DEFAULT_PORT}`);
  }
  const port = parts[3] === undefined ? DEFAULT_PORT : parsePort(parts[3], portMin);
  return { host: parts[1] ?? parts[2] ?? '', port };
}

function parsePort(text: string, minimum: number): number {
  const port = Number(text);
  if (text === '' || port < minimum || port > 65535) {
    throw new UsageError(`port '${text}': write a number from ${minimum} to 65535`);
  }
  return port;
}

/** For messages: brackets around IPv6. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** What a coaps URI says (RFC 7252 §6.2, §6.4): the options are the decoded parts. */
export interface CoapsUrl extends Address {
  uriPath: string[];
  uriQuery: string[];
}

/** Reads a coaps URI. */
export function parseCoapsUrl(text: string): CoapsUrl {
  const url = parseUrl(text);
  if (url.hash !== '') throw new UsageError(`'${text}': a CoAP URI has no fragment; write %23 for a # in the path`);
  if (url.username !== '' || url.password !== '') {
    throw new UsageError(`'${text}': the identity is no part of the URI; give it with --psk-file or --psk`);
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (host === '') throw new UsageError(`'${text}': the host is missing, as in coaps://192.0.2.1/time`);
  return {
    host: decode(host, text),
    port: url.port === '' ? DEFAULT_PORT : parsePort(url.port, 1),
    uriPath: /^\/?$/.test(url.pathname) ? [] : url.pathname.slice(1).split('/').map((part) => decode(part, text)),
    uriQuery: url.search.length < 2 ? [] : url.search.slice(1).split('&').map((part) => decode(part, text)),
  };
}

function parseUrl(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new UsageError(`'${text}' is no URI; write coaps://host[:port]/path`);
  }
  if (url.protocol === 'coap:') throw new UsageError(`'${text}': coap:// is not protected; write coaps://`);
  if (url.protocol !== 'coaps:') throw new UsageError(`'${text}': write coaps://host[:port]/path`);
  return url;
}

function decode(part: string, text: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new UsageError(`'${text}': '${part}' has a % that is no two hex digits of UTF-8`);
  }
}
