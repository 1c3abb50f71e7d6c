import Table from 'cli-table3';

export const milliseconds = (value) =>
  value === null ? '–' : value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0);
export const megabytes = (bytes) => (bytes / 1e6).toFixed(0);
export const ratio = (value) => (value === null ? '–' : value.toFixed(2));

const describe = ({ date, cores, avx512, memoryGiB, node, load }) =>
  `${date}, ${cores} cores${avx512 ? ' with AVX-512' : ''}, ${memoryGiB} GiB, Node ${node}, load ${load.join(' and ')} in the last minute and quarter`;

/** Tables for the terminal. */
export function text(machine, tables) {
  return [
    describe(machine),
    ...tables.map(({ title, note, columns, rows }) => {
      const table = new Table({
        head: columns,
        style: { head: [], border: [] },
        colAligns: columns.map((_, i) => (i === 0 ? 'left' : 'right')),
      });
      table.push(...rows);
      return `${title}\n${table.toString()}\n${note}`;
    }),
  ].join('\n\n');
}

/** Tables for docs/performance.md. */
export function markdown(machine, tables) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [
    `Measured ${describe(machine)}.`,
    ...tables.map(({ title, note, columns, rows }) =>
      [`### ${title}`, '', line(columns), line(columns.map((_, i) => (i === 0 ? '---' : '--:'))), ...rows.map(line), '', note].join('\n'),
    ),
  ].join('\n\n');
}
