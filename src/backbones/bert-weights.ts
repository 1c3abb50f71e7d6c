import { LifelongError } from '../core/errors.js';
import type { NamedArray } from '../core/snapshot.js';
import { endToEnd, sideBySide, transposed } from './joined-arrays.js';
import { neededArray } from './needed-array.js';

type Arrays = Readonly<Record<string, NamedArray>>;

/** What a BERT encoder's weights say of its size. */
export interface BertSize {
  /** Of the vocabulary. */
  readonly tokens: number;
  /** Longest text, in tokens. */
  readonly positions: number;
  /** Numbers of a hidden state. */
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
}

/** A linear map or a norm of a layer: our name, and the module's name in Hugging Face's files. */
const layerParts = [
  ['query', 'attention.self.query'],
  ['key', 'attention.self.key'],
  ['value', 'attention.self.value'],
  ['attended', 'attention.output.dense'],
  ['attention-norm', 'attention.output.LayerNorm'],
  ['widen', 'intermediate.dense'],
  ['narrow', 'output.dense'],
  ['output-norm', 'output.LayerNorm'],
] as const;

/**
 * The weights of a BERT encoder as experts keep them: kernels `[in, out]` and biases, scales and shifts of norms, tables of embeddings; the pooler is left out. Query, key and value are one
 * kernel `[d, 3 d]`.
 *
 * @param arrays as we keep them, or named as Hugging Face's BertModel names them, with `bert.` before them or not
 * @throws LifelongError `data` for arrays of another network, naming the first that does not fit
 */
export function bertWeights(arrays: Arrays, where: string): Record<string, NamedArray> {
  if (Object.hasOwn(arrays, 'embeddings/words')) return { ...arrays };
  const read = (name: string): NamedArray | undefined => arrays[name] ?? arrays[`bert.${name}`];
  const need = neededArray(read, where, 'a BERT encoder', 'lifelong setup --features minilm');
  const words = need('embeddings.word_embeddings.weight', 0, 0);
  const width = words.shape[1] ?? 0;
  const norm = (name: string, module: string): [string, NamedArray][] => [
    [`${name}/scale`, read(`${module}.gamma`) ?? need(`${module}.weight`, width)],
    [`${name}/shift`, read(`${module}.beta`) ?? need(`${module}.bias`, width)],
  ];
  const weights: [string, NamedArray][] = [
    ['embeddings/words', words],
    ['embeddings/positions', need('embeddings.position_embeddings.weight', 0, width)],
    ['embeddings/segments', need('embeddings.token_type_embeddings.weight', 2, width)],
    ...norm('embeddings/norm', 'embeddings.LayerNorm'),
  ];
  const layers = countWhile((layer) => read(`encoder.layer.${layer}.attention.self.query.weight`) !== undefined);
  if (layers === 0) need('encoder.layer.0.attention.self.query.weight', width, width);
  for (let layer = 0; layer < layers; layer++) {
    const linear: Record<string, { kernel: NamedArray; bias: NamedArray }> = {};
    for (const [own, part] of layerParts) {
      const [name, module] = [`layer${layer}/${own}`, `encoder.layer.${layer}.${part}`];
      if (own.endsWith('norm')) weights.push(...norm(name, module));
      else {
        const [out, from] = own === 'widen' ? [0, width] : own === 'narrow' ? [width, 0] : [width, width];
        linear[own] = { kernel: transposed(need(`${module}.weight`, out, from)), bias: need(`${module}.bias`, out) };
      }
    }
    const { query, key, value, ...others } = linear;
    const joined = [query, key, value].flatMap((map) => (map ? [map] : []));
    weights.push(
      [`layer${layer}/attend/kernel`, sideBySide(joined.map(({ kernel }) => kernel))],
      [`layer${layer}/attend/bias`, endToEnd(joined.map(({ bias }) => bias))],
    );
    for (const [own, { kernel, bias }] of Object.entries(others)) {
      weights.push([`layer${layer}/${own}/kernel`, kernel], [`layer${layer}/${own}/bias`, bias]);
    }
  }
  bertSize(Object.fromEntries(weights), where);
  return Object.fromEntries(weights);
}

/**
 * The size that weights as experts keep them have. A width of 384 has 12 heads, as MiniLM, any other heads of 64, as BERT.
 *
 * @throws LifelongError `data` for a width that has no such heads
 */
export function bertSize(arrays: Arrays, where: string): BertSize {
  const [tokens = 0, width = 0] = arrays['embeddings/words']?.shape ?? [];
  const heads = width === 384 ? 12 : width / 64;
  if (Number.isInteger(heads) && heads > 0) {
    const layers = countWhile((layer) => Object.hasOwn(arrays, `layer${layer}/attend/kernel`));
    return { tokens, positions: arrays['embeddings/positions']?.shape[0] ?? 0, width, heads, layers };
  }
  throw new LifelongError('data', `${where}: a BERT encoder of a width of 384 or a multiple of 64 expected, found ${width}`);
}

function countWhile(there: (layer: number) => boolean): number {
  let layers = 0;
  while (there(layers)) layers++;
  return layers;
}
