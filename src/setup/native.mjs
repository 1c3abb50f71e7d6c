import { env } from 'node:process';
import { restoreLegacyUtil } from './legacy-node.mjs';
import { oneDnnGains } from './onednn.mjs';

/**
 * Prepares this process for tfjs-node and libtensorflow, which read their settings while they are loaded. What the user has set stays.
 *
 * - Only errors go to stderr: TensorFlow has a banner and a line for every graph otherwise.
 * - oneDNN's kernels are turned on where the set-up has measured that they gain; TensorFlow itself does so on few processors.
 * - Functions that tfjs-node calls and newer Nodes lack are there.
 */
export function prepareNative() {
  env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  if (env.TF_ENABLE_ONEDNN_OPTS === undefined && oneDnnGains()) env.TF_ENABLE_ONEDNN_OPTS = '1';
  restoreLegacyUtil();
}

/**
 * What the environment says of oneDNN's kernels, read as TensorFlow reads it; undefined where that leaves it to TensorFlow.
 *
 * @returns {boolean | undefined}
 */
export function oneDnnSetting() {
  const setting = env.TF_ENABLE_ONEDNN_OPTS?.toLowerCase();
  if (setting === '1' || setting === 'true') return true;
  return setting === '0' || setting === 'false' ? false : undefined;
}

/**
 * What the environment says of how many threads one operation may use, read as TensorFlow reads it; undefined where that leaves it to TensorFlow.
 *
 * @returns {number | undefined}
 */
export function threadSetting() {
  const setting = Number(env.TF_NUM_INTRAOP_THREADS);
  return Number.isInteger(setting) && setting > 0 ? setting : undefined;
}

/** The release of libtensorflow that this package is made and tested with. */
const tested = '2.15';

/**
 * One line on a libtensorflow of another release; undefined for the tested one. Others work as far as their kernels do, which are tried one by
 * one before they are used.
 *
 * @param {string} found its version
 * @returns {string | undefined}
 */
export function otherRelease(found) {
  if (found.startsWith(`${tested}.`)) return undefined;
  return `libtensorflow ${tested} expected, found ${found}: it is used, but not tested with; on linux x64 \`lifelong setup --force --from wheel\` installs ${tested}`;
}
