import { run } from './command.mjs';
import { root } from './place.mjs';

const loading = `import { createRequire } from 'node:module';
import { restoreLegacyUtil } from ${JSON.stringify(import.meta.resolve('./legacy-node.mjs'))};
restoreLegacyUtil();
const tf = createRequire(process.cwd() + '/')('@tensorflow/tfjs-node'); // a third faster than import()
`;

const matrices = `const got = tf.matMul(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[5, 6], [7, 8]])).dataSync().join();
if (got !== '19,22,43,50') throw new Error('[[1,2],[3,4]] x [[5,6],[7,8]] gave ' + got);
console.log('tfjs ' + tf.version_core + ', libtensorflow ' + tf.backend().binding.TF_Version + ', node ' + process.version);`;

/** Runs a program in a child process, in which tfjs-node is `tf`. */
export function runWithTfjs(program, env) {
  return run(process.execPath, ['--input-type=module', '-e', loading + program], { cwd: root, quiet: true, env });
}

/**
 * Multiplies two matrices in a child process.
 *
 * @returns {{ ok: true, text: string, libtensorflow: string } | { ok: false, text: string }} `text`: the versions, or what went wrong
 */
export function probe() {
  const { ok, text } = runWithTfjs(matrices, { TF_CPP_MIN_LOG_LEVEL: '2' });
  const lines = text.split('\n');
  if (!ok) return { ok, text: lines.find((line) => /^\w*Error\b/.test(line))?.replace(/^Error: /, '') ?? text.slice(-300).trim() };
  const versions = lines.at(-1).trim();
  return { ok, text: versions, libtensorflow: /libtensorflow ([^,]*)/.exec(versions)?.[1] ?? '' };
}
