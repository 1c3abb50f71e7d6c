import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '../data/make-folder.js';
import { print } from './output.js';
import { hasColor, widthOf } from './terminal.js';

/** A result into a file, whose folder is made, or without one on stdout. */
export async function deliver(text: string, file: string | undefined): Promise<void> {
  if (file === undefined) {
    print(text);
    return;
  }
  await makeFolder(dirname(file));
  await writeFile(file, text.endsWith('\n') ? text : `${text}\n`);
}

/** How text is laid out there: plain and 80 columns wide in a file, as the terminal is on stdout. */
export function styleFor(file: string | undefined): { readonly width: number; readonly color: boolean } {
  return file === undefined ? { width: widthOf(process.stdout), color: hasColor(process.stdout) } : { width: 80, color: false };
}
