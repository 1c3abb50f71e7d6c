import { LifelongError } from '../../core/errors.js';
import { gibibytes, machineMemory } from '../../nn/machine-memory.js';

/** Numbers for each entry of an M x M matrix that are in memory at once when the classes are solved for: sums, the whole matrix, its factor. */
const copies = 6;

/** @throws LifelongError `config` where random features of this size need more memory than there is, saying how much */
export function checkMemory(size: number, features: number): void {
  const needed = 4 * (copies * size * size + 2 * size * features);
  const there = machineMemory();
  if (needed <= there) return;
  const fits = Math.floor(Math.sqrt(there / 4 / copies) / 100) * 100;
  throw new LifelongError(
    'config',
    `ranpac: projection ${size} needs ${gibibytes(needed)} of memory, found ${gibibytes(there)}`,
    `give a smaller one: run STREAM --set projection=${Math.min(fits, 10_000)}`,
  );
}
