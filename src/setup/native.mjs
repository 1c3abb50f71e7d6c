import { env } from 'node:process';
import { oneDnnGains } from './onednn.mjs';

/**
 * Prepares this process for libtensorflow, which reads its settings while it is loaded. What the user has set stays.
 *
 * - Only errors go to stderr: TensorFlow has a banner and a line for every graph otherwise.
 * - oneDNN's kernels are turned on where the set-up has measured that they gain; TensorFlow itself does so on few processors.
 */
export function prepareNative() {
  env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  if (env.TF_ENABLE_ONEDNN_OPTS === undefined && oneDnnGains()) env.TF_ENABLE_ONEDNN_OPTS = '1';
}
