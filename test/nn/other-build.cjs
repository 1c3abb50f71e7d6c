/**
 * Loaded before a program (node --require): changes the binding below tfjs-node, so that it is that of a build of TensorFlow without some kernels, or
 * with wrong ones. OTHER_BUILD is JSON: for an operation's name `missing` (it throws, as the binding does) or `wrong` (every result is 1 more).
 * DepthwiseConv2dNative is changed with dilations only: without, every build has it.
 */
const extensions = require('node:module')._extensions;
const faults = JSON.parse(process.env.OTHER_BUILD);
const load = extensions['.node'];

extensions['.node'] = (module, file) => {
  load(module, file);
  if (!file.endsWith('tfjs_binding.node')) return;
  const native = module.exports;
  const executeOp = (op, attributes, inputs, outputs) => {
    const dilated = attributes.some(({ name, value }) => name === 'dilations' && value.some((by) => by > 1));
    const fault = op === 'DepthwiseConv2dNative' && !dilated ? undefined : faults[op];
    if (fault === 'missing') throw new Error(`Invalid TF_Status: 12\nMessage: no kernel for ${op}`);
    const results = native.executeOp(op, attributes, inputs, outputs);
    return fault === 'wrong' ? results.map((result) => addOne(native, result)) : results;
  };
  const functions = Object.getOwnPropertyNames(native).map((name) => [name, native[name]]);
  module.exports = Object.fromEntries([...functions, ['executeOp', executeOp]]);
};

function addOne(native, result) {
  if (result.dtype !== native.TF_FLOAT) return result;
  const one = native.createTensor([], native.TF_FLOAT, Float32Array.of(1));
  const [sum] = native.executeOp('AddV2', [{ name: 'T', type: native.TF_ATTR_TYPE, value: native.TF_FLOAT }], [result.id, one], 1);
  return sum;
}
