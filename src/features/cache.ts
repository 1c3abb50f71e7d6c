import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../data/make-folder.js';
import { defaultWeightsFolder, notKept, sha256, writeWhole } from '../backbones/weights.js';
import type { FeatureExtractor } from '../core/features.js';
import type { Examples } from '../core/task.js';
import { formatSafetensors, parseSafetensors } from '../data/formats/safetensors.js';

/** Where features are kept unless another folder is named. May be emptied at any time. */
export const featureFolder = join(defaultWeightsFolder, 'features');

/**
 * The same extractor, its features kept on disk: one safetensors file for each block of inputs, named by the content of the inputs and of the
 * extractor, so that other runs and strategies read what one has computed. A file that cannot be read is computed again.
 *
 * @param folder is made when it is not there; where it cannot be written, features are computed each time
 * @param onNotice told so, once
 */
export function cachedFeatures(
  extractor: FeatureExtractor,
  folder: string,
  onNotice: (notice: string) => void = () => undefined,
): FeatureExtractor {
  let writable = true;
  const keep = async (path: string, features: Float32Array, size: number) => {
    try {
      await makeFolder(folder);
      await writeWhole(path, formatSafetensors({ features: { shape: [features.length / size, size], data: features } }));
    } catch (cause) {
      writable = false;
      onNotice(notKept(`features of ${extractor.name}`, folder, cause));
    }
  };
  return {
    ...extractor,
    async extract(examples) {
      const path = join(folder, `${contentKey(extractor, examples)}.safetensors`);
      const size = extractor.size(examples.shape);
      const known = await readFeatures(path, size);
      if (known?.length === examples.labels.length * size) return known;
      const features = await extractor.extract(examples);
      if (writable) await keep(path, features, size);
      return features;
    },
  };
}

function contentKey({ name, sha256: weights }: FeatureExtractor, { shape, inputs }: Examples): string {
  const settings = JSON.stringify({ name, weights, shape });
  return sha256(settings, new Uint8Array(inputs.buffer, inputs.byteOffset, inputs.byteLength)).slice(0, 32);
}

async function readFeatures(path: string, size: number): Promise<Float32Array | undefined> {
  try {
    const { features } = parseSafetensors(await readFile(path), path).arrays;
    return features?.data instanceof Float32Array && features.shape[1] === size ? features.data : undefined;
  } catch {
    return undefined;
  }
}
