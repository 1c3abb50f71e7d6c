import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kill, pid } from 'node:process';
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
  removeLeftovers();
  const folder = mkdtempSync(join(tmpdir(), `lifelong-step-${pid}-`));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

let removed = false;

/** Once a process: folders of processes that were killed before they could remove them. */
function removeLeftovers(): void {
  if (removed) return;
  removed = true;
  for (const name of readdirSync(tmpdir())) {
    const [, owner] = /^lifelong-step-(\d+)-/.exec(name) ?? [];
    if (owner !== undefined && !isRunning(Number(owner))) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function isRunning(id: number): boolean {
  try {
    return kill(id, 0);
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM'; // another user's
  }
}
