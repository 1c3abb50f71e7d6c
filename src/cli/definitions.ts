import { plain, wrap } from '../report/text-layout.js';
import { widthOf } from './terminal.js';

/** Names with what they are, in two columns that fit the terminal. */
export function definitions(entries: readonly (readonly [name: string, about: string])[]): string {
  const column = Math.max(...entries.map(([name]) => name.length), 0) + 2;
  return entries
    .map(([name, about]) => {
      const text = wrap(plain(about), Math.min(widthOf(process.stdout), 120), ' '.repeat(column));
      return name.padEnd(column) + text.trimStart();
    })
    .join('\n');
}
