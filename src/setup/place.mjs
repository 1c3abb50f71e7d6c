import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package's folder: this file is in `src/setup` of a clone or in `dist/setup` of an installed package. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** `require` as the package itself sees it. */
export const fromRoot = createRequire(join(root, 'package.json'));

/** Folder of @tensorflow/tfjs-node; throws when it is not installed. */
export function tfjsFolder() {
  return dirname(fromRoot.resolve('@tensorflow/tfjs-node/package.json'));
}

/** Where libtensorflow and the compiled binding are kept for every clone of this user. */
export function cacheFolder() {
  if (process.platform === 'win32') return join(process.env.LOCALAPPDATA ?? homedir(), 'tfjs-native');
  if (process.platform === 'darwin') return join(homedir(), 'Library/Caches/tfjs-native');
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'tfjs-native');
}
