import { LifelongError } from '../core/errors.js';
import { lengthOf } from './array-split.js';

/**
 * What shape the examples of an array have, by the shape of the array: that of a task's examples, as rows or flat too, or that of images of
 * another size.
 *
 * @param found of the array: of one example, `[n, …]`, or `[n, length]`
 * @param known shapes that an example may have: first of all that of the task
 * @throws LifelongError `data` for an array that is not plainly so many examples
 */
export function exampleShape(found: readonly number[], known: readonly (readonly number[])[], where: string): readonly number[] {
  const [count = 0, ...rest] = found;
  const isFlat = rest.length === 0;
  for (const shape of found.includes(0) ? [] : known) {
    const plain = shape.at(-1) === 1 ? shape.slice(0, -1) : shape; // grey images may lack their channel
    const isRow = [shape, plain].some((form) => form.length > 0 && form.join() === rest.join());
    const isOne = [shape, plain].some((form) => form.join() === found.join());
    const length = lengthOf(shape);
    const isFlatRow = isFlat ? count > 0 && count % length === 0 : rest.length === 1 && rest[0] === length;
    if (isOne || isRow || isFlatRow) return shape;
  }
  if (!found.includes(0) && known[0]?.length === 3 && (rest.length === 2 || rest.length === 3))
    return rest.length === 2 ? [...rest, 1] : rest;
  throw new LifelongError('data', `${where}: examples of shape [${(known[0] ?? []).join(', ')}] expected, found [${found.join(', ')}]`);
}
