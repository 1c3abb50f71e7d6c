import { formatBytes, formatCount, formatDifference, formatSeconds, formatShare, unknown } from './numbers.js';

export type Cell = string | number | null;

/** How the numbers of a column are written for people; `text` columns are written as they are. */
export type CellKind = 'text' | 'share' | 'difference' | 'count' | 'bytes' | 'seconds';

export interface Column {
  readonly title: string;
  readonly kind: CellKind;
}

/** Columns by their titles, in this order. */
export const columnsOf = (kinds: Readonly<Record<string, CellKind>>): Column[] =>
  Object.entries(kinds).map(([title, kind]) => ({ title, kind }));

/** Numbers under named columns, the one form from which CSV, Markdown and HTML tables are written. */
export interface Table {
  /** For file names and `renderCsv`: `accuracy`. */
  readonly name: string;
  readonly title: string;
  readonly note?: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

/** A cell for people: rounded, with unit, `–` for unknown. */
function formatCell(cell: Cell, kind: CellKind): string {
  if (cell === null) return unknown;
  if (typeof cell === 'string') return cell;
  switch (kind) {
    case 'text':
      return String(cell);
    case 'share':
      return formatShare(cell);
    case 'difference':
      return formatDifference(cell);
    case 'count':
      return formatCount(cell);
    case 'bytes':
      return formatBytes(cell);
    case 'seconds':
      return formatSeconds(cell);
  }
}

/** RFC 4180: one header line, a point as decimal mark, numbers unrounded, an empty field for unknown. */
export function tableToCsv(table: Table): string {
  const lines = [table.columns.map((column) => column.title), ...table.rows];
  return lines.map((cells) => `${cells.map(quote).join(',')}\r\n`).join('');
}

function quote(cell: Cell): string {
  const text = cell === null ? '' : String(cell);
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A GitHub-flavoured Markdown table, numbers to the right, without its title. */
export function tableToMarkdown(table: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(table.columns.map((column) => escapeMarkdown(column.title))),
    line(table.columns.map((column) => (column.kind === 'text' ? '---' : '---:'))),
    ...table.rows.map((row) => line(table.columns.map((column, c) => escapeMarkdown(formatCell(row[c] ?? null, column.kind))))),
  ].join('\n');
}

/** Text that stays text in Markdown, on one line. */
export function escapeMarkdown(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').replace(/[\\|`*_<>[\]]/g, (mark) => (mark === '<' ? '&lt;' : mark === '>' ? '&gt;' : `\\${mark}`));
}

/** Text that stays text in HTML, in content and in attributes. */
export function escapeHtml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/\p{Cc}+/gu, ' ').replace(/[&<>"']/g, (mark) => entities[mark] ?? mark);
}

/** An HTML table in a box that scrolls by itself where the page is narrow. */
export function tableToHtml(table: Table): string {
  const side = (column: Column) => (column.kind === 'text' ? '' : ' class="number"');
  const head = table.columns.map((column) => `<th scope="col"${side(column)}>${escapeHtml(column.title)}</th>`).join('');
  const body = table.rows.map((row) => {
    const cells = table.columns.map((column, c) => {
      const text = escapeHtml(formatCell(row[c] ?? null, column.kind));
      return c === 0 ? `<th scope="row"${side(column)}>${text}</th>` : `<td${side(column)}>${text}</td>`;
    });
    return `<tr>${cells.join('')}</tr>`;
  });
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(table.title)}"><table><thead><tr>${head}</tr></thead><tbody>\n${body.join('\n')}\n</tbody></table></div>`;
}
