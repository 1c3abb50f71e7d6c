import { threadId } from 'node:worker_threads';
import { backend, type TensorMetadata } from '../backend.js';
import { encodeSavedModel, type Graph } from './graph.js';

/** A graph loaded into TensorFlow. */
export interface Session {
  /** Runs the graph: handles of the inputs in, handles of new output tensors out, both in the graph's order. */
  run(inputs: readonly number[]): TensorMetadata[];
  dispose(): void;
}

/** Where graphs pass on their way into TensorFlow: its own file system in memory, so that no file is left behind whatever happens. */
const folder = `ram://lifelong/thread-${threadId}`;

/** DT_STRING of tensorflow/core/framework/types.proto. */
const stringType = 7;

/** Loads a graph. Its bytes are not kept; what TensorFlow makes of them is freed by `dispose`. */
export function openSession(graph: Graph): Session {
  const { binding } = backend;
  writeFile(`${folder}/saved_model.pb`, encodeSavedModel(graph.nodes));
  let model: number;
  try {
    model = binding.loadSavedModel(folder, 'serve');
  } finally {
    writeFile(`${folder}/saved_model.pb`, new Uint8Array(0));
  }
  const endpoints = (names: readonly string[]) => names.map((name) => `${name}:0`).join();
  const inputNames = endpoints(graph.inputs);
  const outputNames = endpoints(graph.outputs.map(({ node }) => node));
  return {
    run: (inputs) => binding.runSavedModel(model, [...inputs], inputNames, outputNames),
    dispose() {
      binding.deleteSavedModel(model);
    },
  };
}

function writeFile(path: string, content: Uint8Array): void {
  const { binding } = backend;
  const strings = [new TextEncoder().encode(path), content].map((value) => binding.createTensor([], stringType, [value]));
  try {
    binding.executeOp('WriteFile', [], strings, 0);
  } finally {
    for (const id of strings) binding.deleteTensor(id);
  }
}
