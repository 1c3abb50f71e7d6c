import type { Rule } from '../rewrite.js';

/** ReLU of tensors side by side becomes ReLUs side by side where one of the parts is rectified anyway. */
export const rectifiedParts: Rule = (node, graph) => {
  if (node.op !== 'Relu') return undefined;
  const whole = graph.nodeOf(node.inputs[0] as string);
  if (whole.op !== 'ConcatV2') return undefined;
  const axis = whole.inputs.at(-1) as string;
  const parts = whole.inputs.slice(0, -1).map((part) => ({ ...node, inputs: [part], outputs: [graph.typeOf(part)] }));
  if (!parts.some((part) => graph.has(part))) return undefined;
  return graph.add({ ...whole, inputs: [...parts.flatMap((part) => graph.add(part)), axis] });
};
