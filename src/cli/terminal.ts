import { createColors, type Colors } from '../report/text-layout.js';

/** Where a text goes. `isTTY` is absent in a pipe, whatever Node's own type says. */
type Output = Pick<NodeJS.WriteStream, 'columns'> & { readonly isTTY?: boolean };

const isTerminal = (output: Output): boolean => output.isTTY === true;

/** Colours on a terminal, none in a pipe or with NO_COLOR. */
export function hasColor(output: Output): boolean {
  return isTerminal(output) && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';
}

export function colorsOf(output: Output): Colors {
  return createColors(hasColor(output));
}

/** Columns of the terminal; 80 in a pipe. */
export function widthOf(output: Output): number {
  return isTerminal(output) ? output.columns : 80;
}

/** Whether a line can be written over again and again: on a terminal that is wide enough and that no build server records. */
export function canRedraw(output: Output): boolean {
  return isTerminal(output) && output.columns >= 40 && process.env['TERM'] !== 'dumb' && !process.env['CI'];
}
