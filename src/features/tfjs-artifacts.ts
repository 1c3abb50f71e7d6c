import { readFile, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { z } from 'zod';
import { LifelongError } from '../core/errors.js';
import { refuseReservedKeysWithin } from '../core/reserved-keys.js';
import type { tf } from '../nn/backend.js';

export type WeightSpecs = NonNullable<Parameters<typeof tf.io.fromMemory>[1]>;

/** The files of a tfjs model. */
export interface TfjsArtifacts {
  readonly modelTopology: object;
  readonly weightSpecs: WeightSpecs;
  readonly weightData: ArrayBuffer;
  /** Bytes of model.json and of the weight files, in order. */
  readonly files: readonly Uint8Array[];
}

/** What is needed of a model.json; what tfjs itself reads of it, it checks. */
const modelSchema = z.object({
  modelTopology: z.record(z.string(), z.unknown()),
  weightsManifest: z.array(z.object({ paths: z.array(z.string()), weights: z.array(z.record(z.string(), z.unknown())) })),
});

/**
 * Reads a model.json and the weight files that it names, which lie in its folder or below.
 *
 * @throws LifelongError `data` when a file cannot be read or is none of a tfjs model, or a path leads out of the folder
 */
export async function readTfjsArtifacts(path: string): Promise<TfjsArtifacts> {
  const json = await read(path);
  const { modelTopology, weightsManifest } = parseModel(json, path);
  const places = await Promise.all(weightsManifest.flatMap(({ paths }) => paths).map((file) => insideFolder(dirname(path), file, path)));
  const files = await Promise.all(places.map(read));
  const bytes = Buffer.concat(files);
  return {
    modelTopology,
    weightSpecs: weightsManifest.flatMap(({ weights }) => weights) as unknown as WeightSpecs,
    weightData: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
    files: [json, ...files],
  };
}

const read = (file: string): Promise<Buffer> =>
  readFile(file).catch((cause: unknown) => {
    throw new LifelongError('data', `${file}: a file of a tfjs model expected, found none that can be read`, 'check the path', { cause });
  });

function parseModel(json: Uint8Array, path: string): z.infer<typeof modelSchema> {
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(json).toString('utf8'));
  } catch {
    // said below
  }
  refuseReservedKeysWithin(content, path);
  const { data } = modelSchema.safeParse(content);
  if (data) return data;
  throw new LifelongError('data', `${path}: the model.json of a tfjs model expected, found something else`);
}

/** Where a file of the model lies. Whoever wrote model.json must not have other files of this machine read, by `..` or by a link. */
async function insideFolder(folder: string, file: string, model: string): Promise<string> {
  const place = resolve(folder, file);
  const leadsOut = (from: string, to: string) => isAbsolute(relative(from, to)) || relative(from, to).split(sep)[0] === '..';
  const outside = (found: string) =>
    new LifelongError('data', `${model}: weight files in its own folder expected, found ${found}`, 'copy the files into the folder');
  if (isAbsolute(file) || leadsOut(folder, place)) throw outside(file);
  const real = await realpath(place).catch(() => place); // what is not there is said when it is read
  if (real !== place && leadsOut(await realpath(folder), real)) throw outside(`${file}, a link to ${real}`);
  return real;
}
