import { z } from 'zod';
import { LifelongError } from './errors.js';

/** Operations on an edge of an image cell, in the published order (PAR section 5; DARTS space without 5x5 operations). */
export const imageOperations = ['none', 'max_pool_3x3', 'avg_pool_3x3', 'skip_connect', 'sep_conv_3x3', 'dil_conv_3x3'] as const;

/** Operations on an edge of a vector cell. */
export const vectorOperations = ['none', 'skip_connect', 'linear', 'bottleneck'] as const;

export type Operation = (typeof imageOperations)[number] | (typeof vectorOperations)[number];

/** An operation applied to the output of node `1`: nodes 0 and 1 are the cell's inputs, 2.. its intermediate nodes in order. */
export type Edge = readonly [operation: Operation, from: number];

/**
 * An architecture as data: two edges for each of four intermediate nodes (edges 2i and 2i + 1 feed node i + 2) of a normal and of a reduce
 * cell; a cell's output concatenates the nodes in `normalConcat` / `reduceConcat`.
 */
export type Genotype = {
  readonly normal: readonly Edge[];
  readonly reduce: readonly Edge[];
  readonly normalConcat: readonly number[];
  readonly reduceConcat: readonly number[];
};

const edgeSchema = z.tuple([z.enum([...imageOperations, ...vectorOperations]), z.int()]);

export const genotypeSchema = z.strictObject({
  normal: z.array(edgeSchema),
  reduce: z.array(edgeSchema),
  normalConcat: z.array(z.int()),
  reduceConcat: z.array(z.int()),
});

/** Canonical one-line text: `normal sep_conv_3x3<0 dil_conv_3x3<1 … >2,3,4,5 | reduce …`. Two genotypes are equal exactly when their texts are. */
export function formatGenotype(genotype: Genotype): string {
  const cell = (edges: readonly Edge[], concat: readonly number[]) =>
    `${edges.map(([operation, from]) => `${operation}<${from}`).join(' ')} >${concat.join(',')}`;
  return `normal ${cell(genotype.normal, genotype.normalConcat)} | reduce ${cell(genotype.reduce, genotype.reduceConcat)}`;
}

/**
 * Reads the text that {@link formatGenotype} writes.
 *
 * @throws LifelongError `config` when the text is no genotype
 */
export function parseGenotype(text: string): Genotype {
  const match = /^normal (.+) >([\d,]+) \| reduce (.+) >([\d,]+)$/.exec(text);
  if (!match) throw new LifelongError('config', `genotype: "normal … | reduce …" expected, found "${text}"`);
  const [, normal = '', normalConcat = '', reduce = '', reduceConcat = ''] = match;
  const numbers = (list: string) => list.split(',').map(Number);
  return {
    normal: parseEdges(normal),
    reduce: parseEdges(reduce),
    normalConcat: numbers(normalConcat),
    reduceConcat: numbers(reduceConcat),
  };
}

function parseEdges(text: string): Edge[] {
  const known: readonly string[] = [...imageOperations, ...vectorOperations];
  return text.split(' ').map((edge, index) => {
    const [operation = '', from = ''] = edge.split('<');
    const node = Number(from);
    if (!known.includes(operation) || !/^\d+$/.test(from) || node >= 2 + Math.floor(index / 2)) {
      throw new LifelongError(
        'config',
        `genotype: edge ${index} "${edge}" is not operation<node with a known operation and an earlier node`,
      );
    }
    return [operation as Operation, node] as const;
  });
}
