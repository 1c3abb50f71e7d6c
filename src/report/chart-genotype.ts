import * as Plot from '@observablehq/plot';
import type { Genotype } from '../core/genotype.js';
import { drawSvg } from './plot.js';
import type { Theme } from './theme.js';
import { nameNode } from './words.js';

interface Operation {
  readonly cell: string;
  /** Row of the drawing, one for each operation. */
  readonly row: number;
  readonly from: number;
  readonly to: number;
  readonly operation: string;
}

function operationsOf(cell: string, edges: Genotype['normal']): Operation[] {
  return edges.map(([operation, from], row) => ({ cell, row, from, to: 2 + Math.floor(row / 2), operation }));
}

/**
 * The cells of a genotype: nodes as vertical lines, every operation an arrow on its own row from the node it reads to the node it feeds. `in −2`
 * and `in −1` are the outputs of the two cells before; a node adds its two operations; the nodes with a dot at the bottom are concatenated.
 */
export function drawGenotype(genotype: Genotype, width: number, theme: Theme): string {
  const cells = [
    { cell: 'normal', edges: genotype.normal, concat: genotype.normalConcat },
    { cell: 'reduce', edges: genotype.reduce, concat: genotype.reduceConcat },
  ].filter(({ edges }) => edges.length > 0);
  const operations = cells.flatMap(({ cell, edges }) => operationsOf(cell, edges));
  const rows = Math.max(0, ...operations.map((operation) => operation.row)) + 1;
  const nodes = Array.from({ length: 2 + Math.ceil(rows / 2) }, (_, node) => node);
  const lines = cells.flatMap(({ cell }) => nodes.map((node) => ({ cell, node, end: rows })));
  const outputs = cells.flatMap(({ cell, concat }) => concat.map((node) => ({ cell, node, row: rows })));
  const sideBySide = width >= 520 && cells.length > 1;
  const facet = sideBySide ? { fx: 'cell' } : { fy: 'cell' };
  const panel = 46 + 24 * rows;
  return drawSvg(
    {
      width,
      height: sideBySide ? panel + 20 : cells.length * (panel + 22) + 10,
      marginLeft: sideBySide ? 14 : 22,
      marginRight: sideBySide ? 22 : 62,
      marginTop: 26,
      marginBottom: sideBySide ? 26 : 6,
      x: { domain: [0, nodes.length - 1], ticks: nodes, tickFormat: nameNode, label: null, axis: 'top', tickSize: 0 },
      y: { domain: [-0.7, rows + 0.4], reverse: true, axis: null },
      ...(sideBySide ? { fx: { label: null, axis: 'bottom', padding: 0.12 } } : { fy: { label: null, axis: 'right', padding: 0.2 } }),
      marks: [
        Plot.ruleX(lines, { x: 'node', y1: -0.7, y2: 'end', ...facet, stroke: theme.faint, strokeWidth: 1.5 }),
        Plot.arrow(operations, {
          x1: 'from',
          x2: 'to',
          y1: 'row',
          y2: 'row',
          ...facet,
          headLength: 7,
          strokeWidth: 1.5,
          stroke: theme.series[0],
        }),
        Plot.dot(operations, { x: 'from', y: 'row', ...facet, r: 2.5, fill: theme.series[0] }),
        Plot.text(operations, {
          x: ({ from, to }: Operation) => (from + to) / 2,
          y: 'row',
          ...facet,
          dy: -9,
          fontSize: 11,
          text: ({ operation }: Operation) => operation.replaceAll('_', ' '),
          fill: theme.ink,
          stroke: theme.paper,
          strokeWidth: 3,
        }),
        Plot.dot(outputs, { x: 'node', y: 'row', ...facet, r: 4, fill: theme.series[1] }),
      ],
    },
    theme,
    `Genotype: ${operations.map(({ cell, from, to, operation }) => `${cell} ${operation} from ${nameNode(from)} to ${nameNode(to)}`).join('; ')}`,
  );
}
