import type { FeatureNetwork } from '../../core/feature-network.js';
import { layoutOf, splitWeights, type WeightSpec } from '../../nn/layout.js';
import { tf, type Tensor } from '../../nn/backend.js';
import type { TaskNetwork } from '../strategy.js';
import type { Basis } from './basis.js';
import type { ClosedFormMethod, RowFunction } from './method.js';

/** What turns features of the run's extractor into the rows that a linear classifier reads, as a network: what is exported. */
export function rowNetwork(
  { extractor, standardization, seed }: Basis,
  { standardization: mode, rows: rowsOf }: Pick<ClosedFormMethod, 'standardization' | 'rows'>,
): Pick<TaskNetwork, 'network' | 'parameters' | 'statistics' | 'features'> {
  const { size } = extractor;
  const rows = rowsOf?.(size, seed) ?? sameRows(size);
  const { key, size: featureSize, weights } = rows;
  const initial = { value: 0 };
  const spec = (name: string, shape: readonly number[]): WeightSpec => ({ name, shape, initial });
  const parameters = layoutOf(weights ? [spec(weights.name, weights.shape)] : []);
  const statistics = layoutOf(standardization ? [spec('standardization.mean', [size]), spec('standardization.deviation', [size])] : []);
  const network: FeatureNetwork = {
    key: `rows ${JSON.stringify({ size, mode, standardized: standardization !== undefined, key })}`,
    featureSize,
    declaration: { parameters, statistics },
    infer(flat: Tensor, measured: Tensor, _: unknown, x: Tensor) {
      const named = splitWeights(statistics, measured);
      const [mean, deviation] = [named.get('standardization.mean'), named.get('standardization.deviation')];
      const comparable =
        mode === 'length' ? tf.mul(unitLength(x), Math.sqrt(size)) : mean && deviation ? tf.div(tf.sub(x, mean), deviation) : x;
      return rows.apply(comparable, splitWeights(parameters, flat).get(weights?.name ?? ''));
    },
  };
  const { mean = [], deviation = [] } = standardization ?? {};
  return {
    network,
    parameters: weights?.values ?? new Float32Array(0),
    statistics: Float32Array.of(...mean, ...deviation),
    features: extractor,
  };
}

/** Rows `[n, D]` divided by their Euclidean length; a row of zeros stays. */
export const unitLength = (rows: Tensor): Tensor => tf.div(rows, tf.sqrt(tf.maximum(tf.sum(tf.square(rows), 1, true), leastSquare)));

/** Of a row that is not of zeros. */
const leastSquare = 1e-30;

const sameRows = (size: number): RowFunction => ({ key: 'same', size, apply: (rows) => rows });

/** The numbers of a linear classifier, in the order of a head: `[M, C]`, then `[C]`; of these columns alone. */
export function headOfColumns(weights: Float32Array, bias: Float32Array, columns: readonly number[]): Float32Array {
  const classes = bias.length;
  const size = weights.length / classes;
  const head = new Float32Array((size + 1) * columns.length);
  columns.forEach((column, c) => {
    for (let i = 0; i < size; i++) head[i * columns.length + c] = weights[i * classes + column] as number;
    head[size * columns.length + c] = bias[column] as number;
  });
  return head;
}
