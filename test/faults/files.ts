import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tempFolder } from '../data/temp-folder.js';

const folder = tempFolder();
let folders = 0;

/** Writes these files into a folder of their own. @returns the path of a file there by its name */
export function write(files: Readonly<Record<string, string | Uint8Array>>): (name: string) => string {
  const own = join(folder, String(folders++));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(own, name)), { recursive: true });
    writeFileSync(join(own, name), content);
  }
  return (name) => join(own, name);
}

/** A NumPy file, version 1. */
export function npy(descr: string, shape: readonly number[], data: ArrayBufferView): Uint8Array {
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`.padEnd(117) + '\n';
  const magic = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, 118, 0]);
  return Buffer.concat([magic, Buffer.from(header), new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]);
}

/** A manifest of these data, one task of all classes. */
export const manifest = (data: string, more = ''): string =>
  `name: points\ndata: { ${data} }\ntasks: { split: 1 }\nfeatures: vector\noptions: { network: mlp, epochs: 3 }\n${more}`;

/** Lines of a table: `perClass` of each label, the class's number and the line's as values. */
export const lines = (labels: readonly string[], perClass: number): string =>
  labels.flatMap((label, c) => Array.from({ length: perClass }, (_, i) => `${c},${i},${label}\n`)).join('');

/** Writes one file and gives its path. */
export const put = (name: string, content: Uint8Array | string): string => write({ [name]: content })(name);

/** Bytes of resident memory that reading adds. */
export async function grown(read: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage().rss;
  await read();
  return process.memoryUsage().rss - before;
}
