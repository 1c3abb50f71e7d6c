import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backend, type TensorMetadata } from '../backend.js';
import { encodeSavedModel, type Graph } from './graph.js';

/** A graph loaded into TensorFlow. */
export interface Session {
  /** Runs the graph: handles of the inputs in, handles of new output tensors out, both in the graph's order. */
  run(inputs: readonly number[]): TensorMetadata[];
  dispose(): void;
}

/** Loads a graph, by way of a temporary folder: TensorFlow's binding takes graphs only as files. */
export function openSession(graph: Graph): Session {
  const { binding } = backend;
  const model = withTemporaryFolder((folder) => {
    writeFileSync(join(folder, 'saved_model.pb'), encodeSavedModel(graph.nodes));
    return binding.loadSavedModel(folder, 'serve');
  });
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

function withTemporaryFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'lifelong-step-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
