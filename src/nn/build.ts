import { availableParallelism } from 'node:os';
import { arch } from 'node:process';
import type { Environment } from '../core/run-record.js';
import { oneDnnSetting, otherRelease, threadSetting } from '../setup/native.mjs';
import { native } from './backend.js';
import { fusedKernel } from './batch-norm.js';
import { dilatedKernel } from './dilated-depthwise.js';
import { choleskyKernel } from './positive-definite.js';
import { crossEntropyKernel, reluKernel } from './primitives.js';

const tried = [choleskyKernel, crossEntropyKernel, dilatedKernel, fusedKernel, reluKernel];

/** The build of TensorFlow that this process works with. */
export function currentBuild(): Pick<Environment, 'backend' | 'oneDNN' | 'kernels' | 'threads'> {
  // Where TensorFlow was left the choice: on x86 only oneDNN has this kernel.
  const oneDNN = oneDnnSetting() ?? dilatedKernel.works();
  return {
    backend: `TensorFlow ${native.TF_Version}`,
    ...(arch === 'x64' && { oneDNN: oneDNN ? 'on' : 'off' }),
    threads: String(threadSetting() ?? availableParallelism()),
    kernels: Object.fromEntries(tried.map((kernel) => [kernel.name, kernel.works() ? 'kernel' : 'exact'])),
  };
}

/** One line on the build, where there is something to say. */
export const buildNotice = (): string | undefined => otherRelease(native.TF_Version);
