import { readRun } from '../checkpoint/store.js';
import { LifelongError } from '../core/errors.js';

/** What lies in the folder of a run: none that can be gone on with, one that has ended, or one on the way. */
export async function storedRun(folder: string): Promise<'none' | 'complete' | 'begun'> {
  try {
    return (await readRun(folder)).status === 'complete' ? 'complete' : 'begun';
  } catch (error) {
    if (error instanceof LifelongError && error.code === 'run-missing') return 'none';
    throw error;
  }
}
