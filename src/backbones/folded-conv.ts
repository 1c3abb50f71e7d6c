import { LifelongError } from '../core/errors.js';
import type { NamedArray } from '../core/snapshot.js';

type Arrays = Readonly<Record<string, NamedArray>>;

/** A frozen convolution with what followed it of batch norm folded in. */
export interface FrozenConv {
  /** `[h, w, in, out]`; `[h, w, channels, 1]` when depthwise. */
  readonly kernel: NamedArray;
  /** `[out]`. */
  readonly bias: NamedArray;
}

/** The folded convolution `name/kernel`, `name/bias` of a file; undefined when the file has none. */
export function foldedConv(arrays: Arrays, name: string): FrozenConv | undefined {
  const kernel = arrays[`${name}/kernel`] ?? arrays[`${name}/depthwise_kernel`];
  const bias = arrays[`${name}/bias`];
  return kernel && bias ? { kernel, bias } : undefined;
}

/**
 * The PyTorch convolution `conv.weight` with the inference batch norm `norm.*` behind it, as one convolution: kernel times
 * gamma / sqrt(variance + epsilon), bias beta - mean gamma / sqrt(variance + epsilon).
 *
 * @param depthwise of kernel `[channels, 1, h, w]`
 * @returns undefined when the file has no such convolution
 */
export function foldNorm(arrays: Arrays, conv: string, norm: string, epsilon: number, depthwise = false): FrozenConv | undefined {
  const weight = arrays[`${conv}.weight`];
  if (!weight) return undefined;
  const [out = 0, input = 0, height = 0, width = 0] = weight.shape;
  const statistic = (name: string) => {
    const array = arrays[`${norm}.${name}`];
    if (array?.data.length === out) return array.data;
    throw new LifelongError('data', `weights: array ${norm}.${name} of ${out} numbers expected, found ${array?.data.length ?? 'none'}`);
  };
  const [gamma, beta, mean, variance] = [statistic('weight'), statistic('bias'), statistic('running_mean'), statistic('running_var')];
  const scale = Float64Array.from(gamma, (value, o) => value / Math.sqrt((variance[o] ?? 0) + epsilon));
  const bias = Float32Array.from(beta, (value, o) => value - (mean[o] ?? 0) * (scale[o] ?? 0));
  const kernel = new Float32Array(weight.data.length);
  let from = 0;
  for (let o = 0; o < out; o++) {
    for (let i = 0; i < input; i++) {
      for (let place = 0; place < height * width; place++, from++) {
        kernel[(place * input + i) * out + o] = (weight.data[from] ?? 0) * (scale[o] ?? 0);
      }
    }
  }
  const shape = depthwise ? [height, width, out, 1] : [height, width, input, out];
  return { kernel: { shape, data: kernel }, bias: { shape: [out], data: bias } };
}

/** Convolutions as a network's frozen weights: `name/kernel` and `name/bias`. */
export function convArrays(convs: ReadonlyMap<string, FrozenConv>): Record<string, NamedArray> {
  return Object.fromEntries(
    [...convs].flatMap(([name, { kernel, bias }]) => [[`${name}/kernel`, kernel] as const, [`${name}/bias`, bias] as const]),
  );
}
