import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { version as nodeVersion } from 'node:process';
import type { RunRecord } from '../core/run-record.js';
import { backend } from '../nn/backend.js';

/** What a run's numbers may depend on besides its options. */
export function currentEnvironment(): RunRecord['environment'] {
  const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
  return {
    lifelong: version,
    node: nodeVersion,
    backend: `TensorFlow ${backend.binding.TF_Version}`,
    threads: String(availableParallelism()),
  };
}
