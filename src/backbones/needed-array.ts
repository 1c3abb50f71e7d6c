import { LifelongError } from '../core/errors.js';
import type { NamedArray } from '../core/snapshot.js';

/** Gives the array of this name, of this shape, 0 for any length. @throws LifelongError `data` where there is none, or one of another shape */
export type NeededArray = (name: string, ...shape: readonly number[]) => NamedArray;

/**
 * Looks for what a network needs in a file's arrays.
 *
 * @param find an array by name
 * @param network in words, for errors, such as `a BERT encoder`
 * @param fetch what fetches a file that fits, where something does
 */
export function neededArray(find: (name: string) => NamedArray | undefined, where: string, network: string, fetch?: string): NeededArray {
  return (name, ...shape) => {
    const found = find(name);
    const fits = found && found.shape.length === shape.length && shape.every((size, axis) => size === 0 || size === found.shape[axis]);
    if (fits) return found;
    const wanted = `[${shape.map((size) => size || 'any').join(', ')}]`;
    throw new LifelongError(
      'data',
      `${where}: ${network} with ${name} ${wanted} expected, found ${found ? `[${found.shape.join(', ')}]` : 'none'}`,
      `the file is of another network, or incomplete${fetch === undefined ? '' : `; \`${fetch}\` fetches one`}`,
    );
  };
}
