import { totalmem } from 'node:os';
import { constrainedMemory } from 'node:process';

/** Memory in bytes that this process can have: the machine's, or what it is held to. */
export function machineMemory(): number {
  const allowed = constrainedMemory();
  return allowed > 0 ? Math.min(totalmem(), allowed) : totalmem();
}

/** Such as `1.5 GiB`. */
export const gibibytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
