/**
 * Answers with exported models on tfjs alone, with its backend in plain JavaScript: nothing native, nothing of this library. With BACKEND
 * `tensorflow` on tfjs-node instead.
 *
 * node play.mjs REQUESTS [BACKEND]: a JSON file with a list of `{ model, shape, values, batch }`. `model` is a path or URL of model.json, `values` are examples of
 * that shape, which are given `batch` at a time. Prints, as JSON, a list of `{ backend, inputs, outputs, logits }`.
 */
import { Blob } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const [, , requests, backend = 'cpu'] = process.argv;
const require = createRequire(import.meta.url);
console.warn = () => undefined; // tfjs advises its native backend
const tf =
  backend === 'cpu' ? createRequire(require.resolve('@tensorflow/tfjs-node'))('@tensorflow/tfjs') : require('@tensorflow/tfjs-node');
await tf.setBackend(backend);

/** Reads model.json and the weight files that it names from the disk. */
const fromFiles = (path) => ({
  async load() {
    const { weightsManifest, ...model } = JSON.parse(await readFile(path, 'utf8'));
    const parts = await Promise.all(weightsManifest.flatMap(({ paths }) => paths).map((file) => readFile(join(dirname(path), file))));
    const weightData = await new Blob(parts).arrayBuffer();
    return { ...model, weightSpecs: weightsManifest.flatMap(({ weights }) => weights), weightData };
  },
});

async function answer({ model: source, shape, values, batch }) {
  const model = await tf.loadGraphModel(source.startsWith('http') ? source : fromFiles(source));
  const length = shape.reduce((product, side) => product * side, 1);
  const logits = [];
  for (let start = 0; start < values.length; start += batch * length) {
    const part = values.slice(start, start + batch * length);
    const output = model.predict(tf.tensor(part, [part.length / length, ...shape], model.inputs[0].dtype));
    logits.push(...(await output.array()));
  }
  return { backend: tf.getBackend(), inputs: model.inputs, outputs: model.outputs.map(({ name }) => name), logits };
}

const answers = [];
for (const request of JSON.parse(await readFile(requests, 'utf8'))) answers.push(await answer(request));
console.log(JSON.stringify(answers));
