import { createHash } from 'node:crypto';
import { readFiles } from '../checkpoint/run-fixture.js';

/** Names and checksums of all files of a folder, a line each. */
export async function folderDigest(path: string): Promise<string> {
  const files = await readFiles(path);
  return [...files].map(([name, content]) => `${name} ${createHash('sha256').update(content).digest('hex')}`).join('\n');
}
