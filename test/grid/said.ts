import type { Readable } from 'node:stream';

/** Waits until a child process has said this. @throws Error when it ends without */
export function said(output: Readable, what: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    output.on('data', (part: string | Buffer) => what.test((text += part.toString())) && resolve());
    output.on('close', () => reject(new Error(`ended without saying ${String(what)}: ${text}`)));
  });
}
