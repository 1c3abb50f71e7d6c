import util from 'node:util';

/**
 * Gives `util` the two functions that tfjs-node 4.22 calls at run time and newer Nodes lack: `isNullOrUndefined` went with Node 23, and both
 * print a deprecation warning before they go (Node 22 and later). Their answers are Node's own. tfjs-node looks them up at each call, so this
 * works before and after it is loaded; `import { isArray } from 'node:util'` elsewhere still gives Node's.
 */
export function restoreLegacyUtil() {
  util.isNullOrUndefined = (value) => value === null || value === undefined;
  util.isArray = Array.isArray;
}
