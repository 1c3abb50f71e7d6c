import Table from 'cli-table3';
import picocolors from 'picocolors';

export type Colors = ReturnType<typeof picocolors.createColors>;

/** Colours for a terminal, or functions that leave text as it is. */
export function createColors(color: boolean): Colors {
  return picocolors.createColors(color);
}

/** The text on one line and without control characters, so that a task's name cannot steer a terminal. */
export function plain(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}

/** Breaks a paragraph at spaces into lines of at most `width` characters, all after the first indented. A longer word is cut. */
export function wrap(text: string, width: number, indent = ''): string {
  const room = Math.max(20, width - indent.length);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((long) => cut(long, room))) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map((part) => indent + part).join('\n');
}

function cut(word: string, room: number): string[] {
  return word.length <= room ? [word] : (word.match(new RegExp(`.{1,${room}}`, 'gu')) ?? [word]);
}

const noBorders = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
} as const;

interface GridCell {
  readonly content: string;
  readonly span?: number;
}

/** Lays cells out in columns without borders, `gap` spaces before each; a column with a width wraps at words. */
export function grid(
  rows: readonly (readonly (string | GridCell)[])[],
  options: { readonly align: readonly ('left' | 'right')[]; readonly widths?: readonly (number | null)[]; readonly gap?: number },
): string {
  const table = new Table({
    chars: noBorders,
    style: { 'padding-left': options.gap ?? 2, 'padding-right': 0, head: [], border: [] },
    colAligns: [...options.align],
    ...(options.widths && { colWidths: [...options.widths], wordWrap: true }),
  });
  for (const row of rows) {
    table.push(row.map((cell) => (typeof cell === 'string' ? cell : { content: cell.content, colSpan: cell.span ?? 1, hAlign: 'left' })));
  }
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
