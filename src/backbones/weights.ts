import { createHash } from 'node:crypto';
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../data/make-folder.js';
import { LifelongError } from '../core/errors.js';
import type { NamedArray } from '../core/snapshot.js';
import { cacheFolder } from '../data/cache-folder.js';
import { parseSafetensors } from '../data/formats/safetensors.js';
import { isCompressed, parseCompressed } from './compressed-weights.js';
import { isCTranslate2, parseCTranslate2 } from './ctranslate2-file.js';
import { download } from './download.js';

/** Where fetched weights are kept when no other folder is given. */
export const defaultWeightsFolder = cacheFolder;

/** Says why something is not kept, in a sentence for the user. */
export const notKept = (what: string, folder: string, cause: unknown): string =>
  `${what} cannot be kept in ${folder} (${cause instanceof Error ? cause.message : String(cause)}): it goes on without`;

/** Weights of a network and the sha256 of their file. */
export interface Weights {
  readonly arrays: Readonly<Record<string, NamedArray>>;
  readonly sha256: string;
}

/**
 * Reads a safetensors file, one of {@link formatCompressed}, or a model.bin of CTranslate2.
 *
 * @param source path, folder that holds exactly one such file, or URL (fetched once, then kept in `folder`); behind a URL `#sha256=…` says which file
 * it has to be, `#maxBytes=…` how large it may be, and `&` joins the two
 * @param onNotice told where the folder cannot be written, so that the file will be fetched again
 * @throws LifelongError `data` when it cannot be fetched, read or parsed, or is another file
 */
export async function readWeights(
  source: string,
  folder = defaultWeightsFolder,
  onNotice: (notice: string) => void = () => undefined,
): Promise<Weights> {
  const fetched = /^https?:\/\//.test(source);
  const path = fetched ? source : await onlyFile(source);
  const bytes = fetched ? await fetchOnce(source, folder || defaultWeightsFolder, onNotice) : await readFile(path).catch(unreadable(path));
  return { arrays: arraysOf(bytes, path), sha256: sha256(bytes) };
}

/** By what a file begins with. */
function arraysOf(bytes: Uint8Array, path: string): Weights['arrays'] {
  if (isCompressed(bytes)) return parseCompressed(bytes, path);
  return isCTranslate2(bytes) ? parseCTranslate2(bytes, path) : parseSafetensors(bytes, path).arrays;
}

const unreadable =
  (path: string) =>
  (cause: unknown): never => {
    throw new LifelongError('data', `${path}: a safetensors file expected, found none that can be read`, 'check the path', { cause });
  };

export const sha256 = (...parts: readonly (Uint8Array | string)[]): string =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');

/** Writes a whole file or none: to a name of its own first, then renamed. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const partial = `${path}.${sha256(bytes).slice(0, 8)}.partial`;
  try {
    await writeFile(partial, bytes);
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true });
    throw new LifelongError('storage', `${path}: cannot be written`, 'check the folder and the space left', { cause });
  }
}

async function onlyFile(source: string): Promise<string> {
  const isFolder = await stat(source).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) return source;
  const files = (await readdir(source)).filter((file) => file.endsWith('.safetensors'));
  const [file] = files;
  if (file !== undefined && files.length === 1) return join(source, file);
  throw new LifelongError('data', `${source}: one .safetensors file expected, found ${files.length}`, 'name the file itself');
}

/** A file that is fetched, now or before. */
async function fetchOnce(source: string, folder: string, onNotice: (notice: string) => void): Promise<Uint8Array> {
  const { url, pin, maxBytes } = addressOf(source);
  const path = join(folder, 'downloads', `${sha256(url).slice(0, 16)}.safetensors`);
  const kept = await readFile(path).catch(() => undefined);
  if (kept && (pin === undefined || sha256(kept) === pin)) return kept;
  const bytes = await download(url, { what: 'a safetensors file', ...(maxBytes !== undefined && { maxBytes }) });
  if (pin !== undefined && sha256(bytes) !== pin) {
    throw new LifelongError(
      'data',
      `${url}: a file with sha256 ${pin} expected, found ${sha256(bytes)}`,
      'take the checksum from who publishes the file; without #sha256= any file is taken',
    );
  }
  parseSafetensors(bytes, url);
  try {
    await makeFolder(join(folder, 'downloads'));
    await writeWhole(path, bytes);
  } catch (cause) {
    onNotice(notKept(`weights from ${url}`, folder, cause));
  }
  return bytes;
}

/** What a URL says besides the address, behind a `#`. */
interface Address {
  readonly url: string;
  /** sha256 of the file. */
  readonly pin?: string;
  readonly maxBytes?: number;
}

/** @throws LifelongError `config` for what is said of a file and means nothing */
function addressOf(source: string): Address {
  const [url = '', fragment = ''] = source.split('#', 2);
  let address: Address = { url };
  for (const part of fragment.split('&').filter((text) => text !== '')) {
    const [, pin] = /^sha256=([0-9a-f]{64})$/i.exec(part) ?? [];
    const [, bytes] = /^maxBytes=([1-9]\d{0,14})$/.exec(part) ?? [];
    if (pin !== undefined) address = { ...address, pin: pin.toLowerCase() };
    else if (bytes !== undefined) address = { ...address, maxBytes: Number(bytes) };
    else {
      throw new LifelongError(
        'config',
        `features: ${url}#sha256= and 64 hexadecimal digits, or #maxBytes= and a number, expected, found #${fragment}`,
      );
    }
  }
  return address;
}
