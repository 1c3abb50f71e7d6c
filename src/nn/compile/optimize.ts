import type { Graph } from './graph.js';
import { gradientSums } from './passes/gradient-sums.js';
import { kernelGradients } from './passes/kernel-gradients.js';
import { rectifiedParts } from './passes/rectified-parts.js';
import { rewrite } from './rewrite.js';

/**
 * The same computation with less work: equal operations once, and gradients of one tensor together where that reads and writes less memory.
 * Only the order of sums differs.
 */
export function optimize(graph: Graph): Graph {
  return [rectifiedParts, gradientSums(), kernelGradients()].reduce(rewrite, graph);
}
