import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { arch, cpus } from 'node:os';
import { join } from 'node:path';
import { tfjsFolder } from './place.mjs';
import { runWithTfjs } from './probe.mjs';

/** Time with oneDNN's kernels over time without, from which they count as a gain: less is within the noise of the measurement. */
const gain = 0.95;

// The work of an expert network: convolutions of 3 x 3 and 1 x 1, depthwise ones, pooling, and their gradients. The fastest of five turns.
const step = `const x = tf.randomUniform([32, 32, 32, 16]), full = tf.randomUniform([3, 3, 16, 16]), apart = tf.randomUniform([3, 3, 16, 1]), point = tf.randomUniform([1, 1, 16, 16]);
const layer = (a, f, d, p) => tf.relu(tf.conv2d(tf.depthwiseConv2d(tf.maxPool(tf.relu(tf.conv2d(a, f, 1, 'same')), 3, 1, 'same'), d, 1, 'same'), p, 1, 'same')).mean();
const step = () => tf.tidy(() => tf.grads(layer)([x, full, apart, point]).map((g) => g.dataSync().length));
step();
const times = Array.from({ length: 5 }, () => { const start = performance.now(); step(); return performance.now() - start; });
console.log('milliseconds ' + Math.min(...times));`;

/**
 * Whether the set-up has measured on this processor that oneDNN's kernels gain; false where nothing was measured.
 *
 * @returns {boolean}
 */
export function oneDnnGains() {
  const { cpu, on = null, off = null } = read() ?? {};
  return cpu === processor() && on !== null && (off === null || on <= gain * off);
}

/**
 * Measures a step with oneDNN's kernels and without, each in a process of its own, and writes down the result beside the binding. Nothing
 * happens where that is done already for this processor and libtensorflow, or where oneDNN has no kernels.
 *
 * @param {string} libtensorflow its version
 */
export function measureOneDnn(libtensorflow) {
  if (arch() !== 'x64') return;
  const known = read();
  if (known?.cpu === processor() && known.libtensorflow === libtensorflow) return;
  const measured = { libtensorflow, cpu: processor(), off: milliseconds('0'), on: milliseconds('1') };
  try {
    const file = place();
    writeFileSync(`${file}.${process.pid}`, `${JSON.stringify(measured)}\n`);
    renameSync(`${file}.${process.pid}`, file);
  } catch {
    // Nobody may write there: TensorFlow's own choice stands.
  }
}

/** A step's time; null where it does not run. */
function milliseconds(setting) {
  const env = { TF_ENABLE_ONEDNN_OPTS: setting, TF_CPP_MIN_LOG_LEVEL: '3' };
  const { ok, text } = runWithTfjs(step, env);
  const found = ok ? /milliseconds ([\d.]+)/.exec(text) : null;
  return found === null ? null : Number(found[1]);
}

const place = () => join(tfjsFolder(), 'lib', 'lifelong-onednn.json');
const processor = () => cpus()[0]?.model ?? '';

function read() {
  try {
    return JSON.parse(readFileSync(place(), 'utf8'));
  } catch {
    return undefined;
  }
}
