import { LifelongError } from '../core/errors.js';
import type { NamedArray } from '../core/snapshot.js';
import type { BertSize } from './bert-weights.js';
import { endToEnd, sideBySide, transposed } from './joined-arrays.js';
import { neededArray } from './needed-array.js';

type Arrays = Readonly<Record<string, NamedArray>>;

/** The layer's modules in Hugging Face's files. */
const block = 'encoder.albert_layer_groups.0.albert_layers.0';

/** Layers and heads by width: of ALBERT base, large, xlarge and xxlarge. Weights do not tell them. */
const published: Readonly<Record<number, readonly [layers: number, heads: number]>> = {
  768: [12, 12],
  1024: [24, 16],
  2048: [24, 16],
  4096: [12, 64],
};

/**
 * The weights of an ALBERT encoder as experts keep them, `layer/…` once for all layers; the pooler is left out.
 *
 * @param arrays as we keep them, or named as Hugging Face's AlbertModel names them, with `albert.` before them or not
 * @throws LifelongError `data` for arrays of another network, naming the first that does not fit
 */
export function albertWeights(arrays: Arrays, where: string): Record<string, NamedArray> {
  if (Object.hasOwn(arrays, 'layer/attend/kernel')) return { ...arrays };
  const need = neededArray((name) => arrays[name] ?? arrays[`albert.${name}`], where, 'an ALBERT encoder');
  const words = need('embeddings.word_embeddings.weight', 0, 0);
  const narrow = words.shape[1] ?? 0;
  const map = need('encoder.embedding_hidden_mapping_in.weight', 0, narrow);
  const width = map.shape[0] ?? 0;
  const norm = (name: string, module: string, size: number): [string, NamedArray][] => [
    [`${name}/scale`, need(`${module}.weight`, size)],
    [`${name}/shift`, need(`${module}.bias`, size)],
  ];
  const linear = (name: string, module: string, from: number, out: number): [string, NamedArray][] => [
    [`${name}/kernel`, transposed(need(`${module}.weight`, out, from))],
    [`${name}/bias`, need(`${module}.bias`, out)],
  ];
  const looking = ['query', 'key', 'value'].map((part) => linear('', `${block}.attention.${part}`, width, width).map(([, array]) => array));
  const read = Object.fromEntries([
    ['embeddings/words', words],
    ['embeddings/positions', need('embeddings.position_embeddings.weight', 0, narrow)],
    ['embeddings/segments', need('embeddings.token_type_embeddings.weight', 2, narrow)],
    ...norm('embeddings/norm', 'embeddings.LayerNorm', narrow),
    ['map/kernel', transposed(map)],
    ['map/bias', need('encoder.embedding_hidden_mapping_in.bias', width)],
    ['layer/attend/kernel', sideBySide(looking.flatMap(([kernel]) => kernel ?? []))],
    ['layer/attend/bias', endToEnd(looking.flatMap(([, bias]) => bias ?? []))],
    ...linear('layer/attended', `${block}.attention.dense`, width, width),
    ...norm('layer/attention-norm', `${block}.attention.LayerNorm`, width),
    ...linear('layer/widen', `${block}.ffn`, width, 0),
    ...linear('layer/narrow', `${block}.ffn_output`, 0, width),
    ...norm('layer/output-norm', `${block}.full_layer_layer_norm`, width),
  ]) as Record<string, NamedArray>;
  albertSize(read, where);
  return read;
}

/**
 * The size that weights as experts keep them have. Widths of published networks have their layers and heads, any other 12 layers with heads of 64.
 *
 * @throws LifelongError `data` for a width that has no such heads
 */
export function albertSize(arrays: Arrays, where: string): BertSize {
  const width = arrays['map/bias']?.shape[0] ?? 0;
  const [layers, heads] = published[width] ?? [12, width / 64];
  if (!Number.isInteger(heads) || heads === 0) {
    throw new LifelongError('data', `${where}: an ALBERT encoder of a width that is a multiple of 64 expected, found ${width}`);
  }
  return {
    tokens: arrays['embeddings/words']?.shape[0] ?? 0,
    positions: arrays['embeddings/positions']?.shape[0] ?? 0,
    ...{ width, heads, layers },
  };
}
