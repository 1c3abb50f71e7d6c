import type { Input } from '../core/input.js';
import { backend } from '../nn/backend.js';
import type { Constant } from './fold.js';
import type { ModelNode } from './model-node.js';

/**
 * Operations that give a row `[1, ...]` once for every example, the last of them its result: the row plus a zero for each example, made from the
 * input. (Tile and Fill would need the number of examples as a number, which not every backend can read back.)
 *
 * @param row name of the constant, of this rank
 * @param input of the model
 * @param add adds a constant and gives its name
 */
export function repeatRow(row: string, rank: number, input: Pick<Input, 'shape' | 'dtype'>, add: (value: Constant) => string): ModelNode[] {
  const { TF_FLOAT: float, TF_INT32: int32 } = backend.binding;
  const whole = (values: readonly number[]) => add({ shape: [values.length], data: Int32Array.from(values) });
  const axes = whole(input.shape.map((_, axis) => axis + 1));
  const shape = whole(Array.from({ length: rank }, (_, axis) => (axis === 0 ? -1 : 1)));
  const nothing = add({ shape: [], data: new Float32Array(1) });
  const [T, index] = [{ type: float }, { type: int32 }];
  const cast = input.dtype === 'int32';
  return [
    ...(cast ? [{ name: `${row}/numbers`, op: 'Cast', input: ['input'], attr: { SrcT: index, DstT: T } }] : []),
    { name: `${row}/sum`, op: 'Sum', input: [cast ? `${row}/numbers` : 'input', axes], attr: { T, Tidx: index, keep_dims: { b: false } } },
    { name: `${row}/zero`, op: 'Mul', input: [`${row}/sum`, nothing], attr: { T } },
    { name: `${row}/column`, op: 'Reshape', input: [`${row}/zero`, shape], attr: { T, Tshape: index } },
    { name: `${row}/rows`, op: 'AddV2', input: [row, `${row}/column`], attr: { T } },
  ];
}
