import { readText } from '../data/files.js';
import { shippedManifests } from './find-manifest.js';

/** A shipped stream and what its manifest's first comment says of it. */
export interface ShippedStream {
  readonly name: string;
  readonly path: string;
  readonly description: string;
}

/** Shipped streams by name in alphabetical order. */
export async function listStreams(): Promise<ShippedStream[]> {
  return Promise.all(
    [...(await shippedManifests())].map(async ([name, path]) => ({ name, path, description: firstComment(await readText(path)) })),
  );
}

/** The comment lines at the top, joined, up to the first line that is none. */
function firstComment(text: string): string {
  const lines = text.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('#') || line.trim() === '#');
  return lines
    .slice(0, Math.max(0, end))
    .map((line) => line.replace(/^#\s*/, '').trim())
    .join(' ');
}
