import type { KernelConfig } from '@tensorflow/tfjs-node';
import { attribute } from '../attributes.js';
import { backend, tf, type Tensor } from '../backend.js';

/**
 * Kernels of tfjs-node that read values back only to check them, which a symbolic tensor does not have. These leave the check to TensorFlow, which
 * makes it itself.
 */
const traceable: readonly KernelConfig[] = [
  {
    kernelName: 'GatherV2',
    backendName: 'tensorflow',
    kernelFunc({ inputs, attrs }) {
      const { x, indices } = inputs as Record<'x' | 'indices', Tensor>;
      const { axis, batchDims } = attrs as Record<'axis' | 'batchDims', number>;
      const place = tf.scalar(axis, 'int32');
      const attributes = [
        attribute.integer('batch_dims', batchDims),
        attribute.type('Tparams', x.dtype === 'int32' ? 'int32' : 'float32'),
        attribute.type('Tindices', 'int32'),
        attribute.type('Taxis', 'int32'),
      ];
      return backend.executeSingleOutput('GatherV2', attributes, [x, indices, place]);
    },
  },
];

/** Puts these kernels in place of tfjs-node's own until the returned function is called. */
export function useTraceableKernels(): () => void {
  const own = traceable.map(({ kernelName, backendName }) => tf.getKernel(kernelName, backendName));
  const replace = (kernels: readonly KernelConfig[]) => {
    for (const config of kernels) {
      tf.unregisterKernel(config.kernelName, config.backendName);
      tf.registerKernel(config);
    }
  };
  replace(traceable);
  return () => {
    replace(own);
  };
}
