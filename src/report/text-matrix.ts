import { formatShare, unknown } from './numbers.js';
import { grid, wrap } from './text-layout.js';
import type { Colors } from './text-layout.js';

type Matrix = readonly (readonly (number | null)[])[];

/** One picture of a matrix: which columns and rows it shows and how each number is written. */
interface Block {
  readonly rows: readonly (number | 'gap')[];
  readonly columns: readonly (number | 'gap')[];
  readonly write: (value: number | null) => string;
}

/** Columns that labels take: indent, "after task 99" and a space. */
const labelWidth = 16;

/**
 * Three decimals in one block; where that is too wide, in two blocks one below the other; beyond that whole percent of the first and last tasks,
 * which the note then says.
 */
function layOut(matrix: Matrix, width: number): { blocks: Block[]; note: string | undefined } {
  const count = matrix.length;
  const room = Math.max(24, width - labelWidth);
  const all = Array.from({ length: count }, (_, task) => task);
  const perBlock = Math.floor(room / 6);
  if (count <= 2 * perBlock) {
    const cut = count <= perBlock ? count : Math.ceil(count / 2);
    const halves = [all.slice(0, cut), all.slice(cut)].filter((columns) => columns.length > 0);
    const rowsOf = (columns: readonly number[]) => all.filter((row) => columns.some((column) => typeof matrix[row]?.[column] === 'number'));
    return { blocks: halves.map((columns) => ({ rows: rowsOf(columns), columns, write: formatShare })), note: undefined };
  }
  const half = Math.floor((Math.floor(room / 4) - 1) / 2);
  const ends = [...all.slice(0, half), 'gap' as const, ...all.slice(count - half)];
  const write = (value: number | null) => (value === null ? unknown : String(Math.round(value * 100)));
  return {
    blocks: [{ rows: ends, columns: ends, write }],
    note: `in whole percent; tasks ${half} to ${count - half - 1} are left out here: report --format json has everything`,
  };
}

/** The accuracy matrix: rows "after task", columns "on task". Accuracies that fell by more than 0.02 since they were learned are coloured. */
export function renderAccuracy(accuracy: Matrix, width: number, colors: Colors): string {
  const fell = (after: number, on: number) => (accuracy[on]?.[on] ?? 0) - (accuracy[after]?.[on] ?? 1) > 0.02;
  return renderMatrix(accuracy, 'after task', 'on task', width, colors, (text, after, on) => (fell(after, on) ? colors.red(text) : text));
}

/** The divergence matrix: distance between every two tasks. */
export function renderDivergence(divergence: Matrix, width: number, colors: Colors): string {
  return renderMatrix(divergence, 'task', 'to task', width, colors, (text) => text);
}

function renderMatrix(
  matrix: Matrix,
  rowName: string,
  columnName: string,
  width: number,
  colors: Colors,
  paint: (text: string, row: number, column: number) => string,
): string {
  const { blocks, note } = layOut(matrix, width);
  const gap = matrix.length * 7 <= width - labelWidth ? 2 : 1;
  const margin = ' '.repeat(2 - gap);
  const renderBlock = ({ rows, columns, write }: Block) => {
    const cell = (row: number, column: number | 'gap') => {
      if (column === 'gap') return '…';
      const value = matrix[row]?.[column] ?? null;
      return value === null ? colors.dim(unknown) : paint(write(value), row, column);
    };
    const head = [
      ['', { content: colors.dim(columnName), span: columns.length }],
      ['', ...columns.map((column) => colors.bold(column === 'gap' ? '…' : String(column)))],
    ];
    const body = rows.map((row) =>
      row === 'gap'
        ? [`${margin}…`, ...columns.map(() => '…')]
        : [`${margin}${rowName} ${row}`, ...columns.map((column) => cell(row, column))],
    );
    return grid([...head, ...body], { align: ['left', ...columns.map(() => 'right' as const)], gap });
  };
  return [...blocks.map(renderBlock), ...(note === undefined ? [] : [wrap(`(${note})`, width, '  ')])].join('\n');
}
