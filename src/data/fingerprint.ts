import { createHash } from 'node:crypto';

/** sha256 in hex over parts in order, each told apart from the next by its length. */
export function fingerprint(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex');
}
