import { version as nodeVersion } from 'node:process';
import type { Environment } from '../core/run-record.js';
import { version } from '../core/version.js';
import { currentBuild } from '../nn/build.js';

/** What the numbers of this process may depend on besides a run's options. */
export function currentEnvironment(): Environment {
  return { lifelong: version, node: nodeVersion, ...currentBuild() };
}

/** The environment of a run that goes on in this process, and a line for each difference that may move the last digits. */
export function continuedEnvironment(
  before: Environment,
  now: Environment = currentEnvironment(),
): { environment: Environment; differences: string[] } {
  const differences: string[] = [];
  const differ = (what: string, was: string, is: string) => differences.push(`${what} ${was}, now ${is}`);
  if (before.backend !== now.backend) differ('backend', before.backend, now.backend);
  if (before.threads !== now.threads) differ('threads', before.threads, now.threads);
  if (before.oneDNN !== undefined && now.oneDNN !== undefined && before.oneDNN !== now.oneDNN) differ('oneDNN', before.oneDNN, now.oneDNN);
  const kernels = { ...before.kernels, ...now.kernels };
  for (const [name, was] of Object.entries(before.kernels ?? {})) {
    const is = now.kernels?.[name];
    if (is === undefined || is === was) continue;
    differ(name, was, is);
    kernels[name] = 'both';
  }
  const oneDNN = before.oneDNN === undefined || before.oneDNN === now.oneDNN ? now.oneDNN : 'both';
  return { environment: { ...before, ...(oneDNN && { oneDNN }), kernels }, differences };
}
