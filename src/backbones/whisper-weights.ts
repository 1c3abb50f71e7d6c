import { LifelongError } from '../core/errors.js';
import type { NamedArray } from '../core/snapshot.js';
import { melCount } from '../data/audio/log-mel.js';
import { endToEnd, sideBySide, transposed, zeros } from './joined-arrays.js';
import { neededArray, type NeededArray } from './needed-array.js';

type Arrays = Readonly<Record<string, NamedArray>>;

/** What the weights of a Whisper encoder say of its size. */
export interface WhisperSize {
  /** Of spectrograms. */
  readonly bands: number;
  /** Numbers of a hidden state. */
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
  /** Places that there are positions for: 50 a second. */
  readonly positions: number;
}

/** A linear map or a norm of a layer: our name, and those in files of Hugging Face and of CTranslate2. */
const layerParts = [
  ['attention-norm', 'self_attn_layer_norm', 'self_attention/layer_norm'],
  ['attended', 'self_attn.out_proj', 'self_attention/linear_1'],
  ['feed-forward-norm', 'final_layer_norm', 'ffn/layer_norm'],
  ['widen', 'fc1', 'ffn/linear_0'],
  ['narrow', 'fc2', 'ffn/linear_1'],
] as const;

/**
 * The weights of a Whisper encoder as experts keep them: kernels `[in, out]` and `[3, in, out]` of convolutions, biases, scales and shifts of norms, positions. Query, key and value are one kernel
 * `[d, 3 d]`. What the decoder has is left out.
 *
 * @param arrays as we keep them, or named as Hugging Face's WhisperModel or CTranslate2 name them
 * @throws LifelongError `data` for arrays of another network, naming the first that does not fit
 */
export function whisperWeights(arrays: Arrays, where: string): Record<string, NamedArray> {
  if (Object.hasOwn(arrays, 'convolution1/kernel')) return { ...arrays };
  const ofCTranslate2 = Object.hasOwn(arrays, 'encoder/conv1/weight');
  const prefix = ['model.encoder.', 'encoder.', ''].find((start) => Object.hasOwn(arrays, `${start}conv1.weight`)) ?? 'model.encoder.';
  const name = (huggingFace: string, cTranslate2: string) => (ofCTranslate2 ? `encoder/${cTranslate2}` : `${prefix}${huggingFace}`);
  const find = (found: string) => (Object.hasOwn(arrays, found) ? arrays[found] : undefined);
  const need = neededArray(find, where, 'a Whisper encoder', 'lifelong setup --features whisper-tiny');
  const first = need(name('conv1.weight', 'conv1/weight'), 0, melCount, 3);
  const [width = 0] = first.shape;
  const norm = (own: string, huggingFace: string, cTranslate2: string): [string, NamedArray][] => [
    [`${own}/scale`, need(name(`${huggingFace}.weight`, `${cTranslate2}/gamma`), width)],
    [`${own}/shift`, need(name(`${huggingFace}.bias`, `${cTranslate2}/beta`), width)],
  ];
  const weights: [string, NamedArray][] = [
    ['convolution1/kernel', framesFirst(first)],
    ['convolution1/bias', need(name('conv1.bias', 'conv1/bias'), width)],
    ['convolution2/kernel', framesFirst(need(name('conv2.weight', 'conv2/weight'), width, width, 3))],
    ['convolution2/bias', need(name('conv2.bias', 'conv2/bias'), width)],
    ['positions', need(name('embed_positions.weight', 'position_encodings/encodings'), 0, width)],
  ];
  const normOf = (layer: number) => name(`layers.${layer}.final_layer_norm.weight`, `layer_${layer}/ffn/layer_norm/gamma`);
  for (let layer = 0; layer === 0 || Object.hasOwn(arrays, normOf(layer)); layer++) {
    const at = (huggingFace: string, cTranslate2: string) => [`layers.${layer}.${huggingFace}`, `layer_${layer}/${cTranslate2}`] as const;
    const own = `layer${layer}`;
    weights.push(...joinedMaps(own, ofCTranslate2, width, (part, ...shape) => need(name(...at(`self_attn.${part}`, part)), ...shape)));
    for (const [part, huggingFace, cTranslate2] of layerParts) {
      const [module, map] = at(huggingFace, cTranslate2);
      if (part.endsWith('norm')) weights.push(...norm(`${own}/${part}`, module, map));
      else {
        const [out, from] = part === 'widen' ? [0, width] : part === 'narrow' ? [width, 0] : [width, width];
        weights.push(
          [`${own}/${part}/kernel`, transposed(need(name(`${module}.weight`, `${map}/weight`), out, from))],
          [`${own}/${part}/bias`, need(name(`${module}.bias`, `${map}/bias`), out)],
        );
      }
    }
  }
  weights.push(...norm('norm', 'layer_norm', 'layer_norm'));
  whisperSize(Object.fromEntries(weights), where);
  return Object.fromEntries(weights);
}

/** Query, key and value of a layer as one map. CTranslate2 has them so; Hugging Face apart, and keys without a bias. */
function joinedMaps(own: string, ofCTranslate2: boolean, width: number, need: NeededArray): [string, NamedArray][] {
  const maps = ['q_proj', 'k_proj', 'v_proj'];
  const kernel = ofCTranslate2
    ? transposed(need('self_attention/linear_0/weight', 3 * width, width))
    : sideBySide(maps.map((map) => transposed(need(`${map}.weight`, width, width))));
  const bias = ofCTranslate2
    ? need('self_attention/linear_0/bias', 3 * width)
    : endToEnd(maps.map((map) => (map === 'k_proj' ? zeros(width) : need(`${map}.bias`, width))));
  return [
    [`${own}/attend/kernel`, kernel],
    [`${own}/attend/bias`, bias],
  ];
}

/** The size that weights as experts keep them have. Heads are 64 wide. @throws LifelongError `data` for a width that has no such heads */
export function whisperSize(arrays: Arrays, where: string): WhisperSize {
  const [, bands = 0, width = 0] = arrays['convolution1/kernel']?.shape ?? [];
  const heads = width / 64;
  if (!Number.isInteger(heads) || heads === 0) {
    throw new LifelongError('data', `${where}: a Whisper encoder of a width that is a multiple of 64 expected, found ${width}`);
  }
  let layers = 0;
  while (Object.hasOwn(arrays, `layer${layers}/attend/kernel`)) layers++;
  return { bands, width, heads, layers, positions: arrays['positions']?.shape[0] ?? 0 };
}

/** Convolutions of PyTorch are `[out, in, frames]`; ours `[frames, in, out]`. */
function framesFirst({ shape: [out = 0, from = 0, frames = 0], data }: NamedArray): NamedArray {
  const turned = new Float32Array(data.length);
  for (let o = 0; o < out; o++)
    for (let i = 0; i < from; i++)
      for (let f = 0; f < frames; f++) turned[(f * from + i) * out + o] = data[(o * from + i) * frames + f] ?? 0;
  return { shape: [frames, from, out], data: turned };
}
