import * as Plot from '@observablehq/plot';
import { unknown } from './numbers.js';
import { drawSvg } from './plot.js';
import type { Theme } from './theme.js';
import { tickTasks } from './ticks.js';

type Matrix = readonly (readonly (number | null)[])[];

interface Square {
  readonly row: number;
  readonly column: number;
  readonly value: number | null;
}

/** What the axes of a square matrix mean, and which range its shades cover. */
interface MatrixLabels {
  readonly rows: string;
  readonly columns: string;
  readonly description: string;
  readonly domain: readonly [number, number];
}

const largestCell = 56;
const marginLeft = 46;
/** Beyond this many tasks cells have no text on hover, which would make up most of the file. */
const mostTitled = 30;

/** A square matrix as shades from light (low) to dark (high), numbers in the cells while they fit, outlined where nothing was measured. */
export function drawMatrix(matrix: Matrix, labels: MatrixLabels, width: number, theme: Theme): string {
  const count = matrix.length;
  const cell = Math.min(largestCell, Math.max(1, (width - marginLeft - 8) / count));
  const squares = matrix.flatMap((row, r) => row.map((value, c): Square => ({ row: r, column: c, value })));
  const measured = squares.filter((square) => square.value !== null);
  const [low, high] = labels.domain;
  const isDark = (square: Square) => ((square.value ?? low) - low) / (high - low) > 0.55;
  const decimals = cell >= 38 ? 3 : 2;
  const write = ({ value }: Square) =>
    value === null ? unknown : value.toFixed(decimals).replace(/^(-?)0\./, cell >= 38 ? '$10.' : '$1.');
  const ticks = tickTasks(count, cell * count, 24);
  const text = (dark: boolean) =>
    Plot.text(
      measured.filter((square) => isDark(square) === dark),
      { x: 'column', y: 'row', text: write, fill: dark ? 'white' : 'black', fontSize: cell >= 38 ? 12 : 10 },
    );
  return drawSvg(
    {
      width: marginLeft + cell * count + 8,
      height: 44 + cell * count + 8,
      marginLeft,
      marginTop: 44,
      marginRight: 8,
      marginBottom: 8,
      x: {
        type: 'band',
        domain: squares.map((square) => square.column),
        padding: 0,
        round: false,
        axis: 'top',
        label: labels.columns,
        ticks,
        tickSize: 0,
      },
      y: { type: 'band', domain: squares.map((square) => square.row), padding: 0, round: false, label: labels.rows, ticks, tickSize: 0 },
      color: { type: 'linear', scheme: 'blues', domain: [low, high], clamp: true },
      marks: [
        Plot.cell(measured, {
          x: 'column',
          y: 'row',
          fill: 'value',
          shapeRendering: 'crispEdges',
          inset: cell >= 15 ? 0.5 : 0,
          ...(count <= mostTitled && { title: (square: Square) => titleOf(square, labels) }),
        }),
        ...(cell >= 15
          ? [
              Plot.cell(
                squares.filter((square) => square.value === null),
                { x: 'column', y: 'row', stroke: theme.faint, fill: 'none', inset: 1 },
              ),
            ]
          : []),
        ...(cell >= 24 ? [text(false), text(true)] : []),
      ],
    },
    theme,
    labels.description,
  );
}

function titleOf({ row, column, value }: Square, labels: MatrixLabels): string {
  return `${labels.rows} ${row}, ${labels.columns} ${column}: ${value === null ? 'not measured' : value.toFixed(4)}`;
}
