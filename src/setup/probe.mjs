import { run } from './command.mjs';
import { root } from './place.mjs';

const program = `import { createRequire } from 'node:module';
import { restoreLegacyUtil } from ${JSON.stringify(import.meta.resolve('./legacy-node.mjs'))};
restoreLegacyUtil();
const tf = createRequire(process.cwd() + '/')('@tensorflow/tfjs-node'); // a third faster than import()
const got = tf.matMul(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[5, 6], [7, 8]])).dataSync().join();
if (got !== '19,22,43,50') throw new Error('[[1,2],[3,4]] x [[5,6],[7,8]] gave ' + got);
console.log('tfjs ' + tf.version_core + ', libtensorflow ' + tf.backend().binding.TF_Version + ', node ' + process.version);`;

/**
 * Multiplies two matrices in a child process.
 *
 * @returns {{ ok: boolean, text: string }} `text`: the versions, or what went wrong
 */
export function probe() {
  const { ok, text } = run(process.execPath, ['--input-type=module', '-e', program], {
    cwd: root,
    quiet: true,
    env: { TF_CPP_MIN_LOG_LEVEL: '2' },
  });
  const lines = text.split('\n');
  const told = ok ? lines.at(-1) : lines.find((line) => /^\w*Error\b/.test(line))?.replace(/^Error: /, '');
  return { ok, text: (told ?? text.slice(-300)).trim() };
}
