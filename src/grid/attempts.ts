import type { CellFailure } from './cell-process.js';

/** How often a run is tried before it is given up, and how long it waits in between. */
export const attempts = { most: 3, waitMs: 1000, factor: 2 } as const;

/** Whether trying again on this machine could end in another way: what follows from the options alone could not. */
export function mayPass({ code }: CellFailure): boolean {
  return code !== 'diverged' && code !== 'usage';
}

/** Whether the failure has to do with the machine, so that another one may do better. */
export function isOfMachine({ code }: CellFailure): boolean {
  return ['data', 'config', 'storage', 'backend', 'run-corrupt', 'run-version', 'run-locked'].includes(code);
}

/** A failure on one line. */
export function reasonOf({ message, hint }: CellFailure): string {
  return hint === undefined ? message : `${message} (${hint})`;
}
